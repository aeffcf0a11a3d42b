//! Results as a chart: [`Chart`], what is drawn; `terminal` and `svg` draw it. Knows which fields are names, times and numbers, no colour.

mod canvas;
mod html;
mod keys;
mod scale;
mod svg;
mod terminal;
mod times;

use spl_core::table::Table;
use spl_core::time::Zone;

use crate::output::each_line;

pub(crate) use html::page;
pub(crate) use keys::keys;
pub(crate) use svg::picture;
pub(crate) use terminal::{Canvas as Terminal, draw};

/// The most names of a chart; a table is better for more.
const NAMES: usize = 60;
/// The most series of a chart.
const SERIES: usize = 24;

/// Numbers by name or by time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chart {
    pub(crate) title: String,
    axis: Axis,
    series: Vec<Series>,
    /// Rows and series that are not drawn, for people to know.
    pub(crate) left_out: Option<String>,
}

/// What the numbers belong to.
#[derive(Clone, Debug, PartialEq)]
enum Axis {
    Names(Vec<String>),
    Times(Vec<f64>, Zone),
}

/// One number for each place of the axis; none where there is no value.
#[derive(Clone, Debug, PartialEq)]
struct Series {
    name: String,
    values: Vec<Option<f64>>,
}

impl Series {
    /// Whether it gathers what has no series of its own.
    fn is_rest(&self) -> bool {
        matches!(&*self.name, "OTHER" | "NULL")
    }
}

impl Chart {
    /// The chart of a table whose leading fields among `keys` are names; an error says why there is none.
    pub(crate) fn of(table: &Table, keys: &[String], title: &str, zone: Zone) -> Result<Chart, String> {
        let fields: Vec<String> = table.fields().iter().map(|field| field.to_string()).collect();
        if table.rows() == 0 {
            return Err("there are no results to draw".to_owned());
        }
        let mut numbers: Vec<Vec<Option<f64>>> = vec![Vec::new(); fields.len()];
        let mut texts: Vec<Vec<String>> = vec![Vec::new(); fields.len()];
        let mut numeric: Vec<(bool, bool)> = vec![(true, false); fields.len()];
        let mut rows = 0;
        let _ = each_line(table, |line| {
            for (at, value) in line.values().enumerate() {
                let number = value.number();
                numeric[at].0 &= value.is_null() || number.is_some();
                numeric[at].1 |= number.is_some();
                numbers[at].push(number.filter(|number| number.is_finite()));
                texts[at].push(value.text().split_whitespace().collect::<Vec<_>>().join(" "));
            }
            rows += 1;
            Ok::<(), ()>(())
        });
        let is_numeric = |at: usize| numeric[at].0 && numeric[at].1;
        let time = fields.iter().position(|field| field == "_time").filter(|&at| is_numeric(at));
        let named = fields.iter().take_while(|field| keys.contains(field)).count();
        // Without a command that says it, the names are all that comes before the first number; one number for each row needs none.
        let guessed = || (0..fields.len()).take_while(|&at| !is_numeric(at)).count();
        let names = if named > 0 && named < fields.len() { named } else { guessed() };
        let mut series: Vec<Series> = (0..fields.len())
            .filter(|&at| match time {
                Some(time) => at != time,
                None => at >= names,
            })
            .filter(|&at| is_numeric(at) && !fields[at].starts_with('_'))
            .map(|at| Series { name: fields[at].clone(), values: std::mem::take(&mut numbers[at]) })
            .collect();
        if series.len() > 1 && series.iter().any(|one| one.name == "count") {
            // `top` and `rare` say the same twice.
            series.retain(|one| one.name != "percent");
        }
        if series.is_empty() {
            return Err("there is no field of numbers to draw".to_owned());
        }
        let axis = match time {
            Some(time) => {
                let times: Option<Vec<f64>> = numbers[time].iter().copied().collect();
                Axis::Times(times.ok_or("some results have no time")?, zone)
            }
            None if names == 0 && rows == 1 => Self::single_row(&mut series),
            None => Axis::Names(
                (0..rows)
                    .map(|row| match names {
                        0 => (row + 1).to_string(),
                        _ => (0..names).map(|at| texts[at][row].as_str()).collect::<Vec<_>>().join(", "),
                    })
                    .collect(),
            ),
        };
        let mut chart = Chart { title: title.to_owned(), axis, series, left_out: None };
        chart.sort_times();
        chart.limit();
        Ok(chart)
    }

    /// A row without names has a bar for each field.
    fn single_row(series: &mut Vec<Series>) -> Axis {
        let names = series.iter().map(|one| one.name.clone()).collect();
        let values = series.iter().map(|one| one.values.first().copied().flatten()).collect();
        *series = vec![Series { name: "value".to_owned(), values }];
        Axis::Names(names)
    }

    /// Earliest first, whatever the order of the results.
    fn sort_times(&mut self) {
        let Axis::Times(times, _) = &mut self.axis else { return };
        if times.is_sorted() {
            return;
        }
        let mut order: Vec<usize> = (0..times.len()).collect();
        order.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
        *times = order.iter().map(|&at| times[at]).collect();
        for one in &mut self.series {
            one.values = order.iter().map(|&at| one.values[at]).collect();
        }
    }

    fn limit(&mut self) {
        let mut left_out = Vec::new();
        if let Axis::Names(names) = &mut self.axis
            && names.len() > NAMES
        {
            left_out.push(format!("{} more results", names.len() - NAMES));
            names.truncate(NAMES);
            self.series.iter_mut().for_each(|one| one.values.truncate(NAMES));
        }
        if self.series.len() > SERIES {
            left_out.push(format!("{} more series", self.series.len() - SERIES));
            self.series.truncate(SERIES);
        }
        self.left_out = (!left_out.is_empty()).then(|| left_out.join(" and "));
    }

    /// Whether all numbers are whole.
    fn is_whole(&self) -> bool {
        self.series.iter().all(|one| one.values.iter().flatten().all(|value| value.fract() == 0.0))
    }

    /// The least and the greatest number, 0 included.
    fn extent(&self) -> (f64, f64) {
        let values = self.series.iter().flat_map(|one| one.values.iter().flatten().copied());
        values.fold((0.0, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use spl_core::Engine;

    use super::*;

    /// The chart of a search that makes its own rows.
    pub(crate) fn chart(search: &str) -> Result<Chart, String> {
        let engine = Engine::builder().now(1_700_000_000.0).build().unwrap();
        let results = engine.search(search).unwrap();
        Chart::of(&results.table, &keys(&engine, search), search, Zone::UTC)
    }

    fn names(chart: &Chart) -> &[String] {
        match &chart.axis {
            Axis::Names(names) => names,
            Axis::Times(..) => &[],
        }
    }

    pub(crate) const ROWS: &str =
        "| makeresults count=6 | streamstats count AS n | eval code=400+n%3, host=if(n<3,\"a\",\"b\")";

    #[test]
    fn fields_behind_by_are_names_also_when_they_are_numbers() {
        let chart = chart(&format!("{ROWS} | stats count, sum(n) AS total BY code host")).unwrap();
        assert_eq!(names(&chart)[0], "400, b");
        assert_eq!(chart.series.iter().map(|one| &*one.name).collect::<Vec<_>>(), ["count", "total"]);
    }

    #[test]
    fn top_is_drawn_by_its_counts() {
        let chart = chart(&format!("{ROWS} | top code")).unwrap();
        assert_eq!((names(&chart).len(), chart.series.len(), &*chart.series[0].name), (3, 1, "count"));
    }

    #[test]
    fn charts_over_a_field_have_a_series_for_each_value() {
        let chart = chart(&format!("{ROWS} | chart count OVER code BY host")).unwrap();
        assert_eq!(names(&chart), ["400", "401", "402"]);
        assert_eq!(chart.series.iter().map(|one| &*one.name).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn timecharts_are_drawn_over_time() {
        let chart = chart(&format!("{ROWS} | eval _time=1700000000+n*60 | timechart span=1m count BY host")).unwrap();
        let Axis::Times(times, _) = &chart.axis else { panic!("{chart:?}") };
        assert_eq!((times.len(), chart.series.len()), (6, 2));
    }

    #[test]
    fn one_row_has_a_bar_for_each_field_and_texts_have_none() {
        let chart_of_one = chart(&format!("{ROWS} | stats count, max(n) AS most")).unwrap();
        assert_eq!(names(&chart_of_one), ["count", "most"]);
        assert!(chart("| makeresults | eval a=\"x\" | table a").is_err());
        assert!(chart("| makeresults | where false() | stats count BY a").is_err());
    }
}
