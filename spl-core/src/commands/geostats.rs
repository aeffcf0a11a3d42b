//! `geostats`: aggregates for the cells of a map, at every zoom.

use std::collections::HashMap;

use indexmap::{IndexMap, IndexSet};

use super::prelude::*;
use super::stats::clause;
use crate::exec::{run, union};
use crate::plan::OpenPlan;
use crate::table::{Bitmap, ColumnBuilder};

/// Sums of latitudes and longitudes, and how many there are.
type Centre = (f64, f64, f64);

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "geostats",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "geostats [latfield=<field>] [longfield=<field>] [globallimit=<int>] [locallimit=<int>] [outputlatfield=<field>] [outputlongfield=<field>] [binspanlat=<num> binspanlong=<num>] [maxzoomlevel=<int>] <stats-agg-term>... [BY <field>]",
    summary: "Aggregates rows by cells of latitude and longitude, which halve from one zoom level to the next.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"lat,lon\n10,20\n11,21\n-50,100\" | geostats maxzoomlevel=0 count",
        result: "geobin               | latitude | longitude | count\nbin_id_zl_0_y_1_x_6 | -50      | 100       | 1\nbin_id_zl_0_y_4_x_4 | 10.5     | 20.5      | 2",
    }],
    parse: |args| {
        let lat = args.option("latfield")?.string()?.unwrap_or_else(|| "lat".to_owned());
        let lon = args.option("longfield")?.string()?.unwrap_or_else(|| "lon".to_owned());
        let global = args.option("globallimit")?.count()?.unwrap_or(10);
        // How many series a single place shows is a matter of drawing.
        args.option("locallimit")?.count()?;
        let lat_name = args.option("outputlatfield")?.string()?.unwrap_or_else(|| "latitude".to_owned());
        let lon_name = args.option("outputlongfield")?.string()?.unwrap_or_else(|| "longitude".to_owned());
        let span_lat = args.option("binspanlat")?.float()?.unwrap_or(22.5);
        let span_lon = args.option("binspanlong")?.float()?.unwrap_or(45.0);
        let zoom = args.option("maxzoomlevel")?;
        let zoom_span = zoom.span().unwrap_or(args.span());
        let zoom = zoom.count()?.unwrap_or(9);
        let translate = args.option("translatetoxy")?;
        if translate.bool()? == Some(false) {
            bail!(
                Unsupported,
                translate.span().unwrap_or(args.span()),
                "translatetoxy=false is not supported by geostats"
            );
        }
        if zoom > 9 {
            bail!(Argument, zoom_span, "`maxzoomlevel` must be from 0 to 9, not {zoom}");
        }
        if !(span_lat > 0.0 && span_lon > 0.0) {
            bail!(Argument, args.span(), "the spans of geostats must be greater than 0");
        }
        let (terms, text) = args.text_of(|args| clause::terms(args, &["by"]))?;
        let by = clause::by(args, &[])?;
        args.end()?;
        if by.len() > 1 {
            bail!(Argument, args.span(), "geostats takes one field behind BY");
        }
        let shape = Shape { lat, lon, global, names: [lat_name, lon_name], spans: [span_lat, span_lon], zoom };
        Ok(Box::new(Geostats { shape, several: terms.len() > 1, text, by: by.into_iter().next() }))
    },
};

#[derive(Clone, Debug)]
struct Shape {
    lat: String,
    lon: String,
    /// Series over all places; 0 for all.
    global: usize,
    /// What latitude and longitude of the result are called.
    names: [String; 2],
    /// How high and wide cells are at the first zoom level, in degrees.
    spans: [f64; 2],
    /// The last zoom level.
    zoom: usize,
}

#[derive(Debug)]
struct Geostats {
    shape: Shape,
    /// Whether there are several aggregates, so that series need both names.
    several: bool,
    /// The aggregates as written.
    text: String,
    by: Option<FieldName>,
}

/// Fields of the inner aggregation.
const CELL: &str = "geobin";
const SERIES: &str = "__spl_series";

impl Command for Geostats {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let series = if self.by.is_some() { format!(" {SERIES}") } else { String::new() };
        let text = format!("| stats {} BY {CELL}{series}", self.text.trim());
        let pipeline = crate::syntax::parse(&text)?;
        let open = OpenPlan::new(&pipeline, cx)?;
        let node = Node { shape: self.shape.clone(), several: self.several, by: self.by.clone(), open };
        Ok(input.command(node))
    }
}

#[derive(Debug)]
struct Node {
    shape: Shape,
    several: bool,
    by: Option<FieldName>,
    open: OpenPlan,
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("geostats latfield={} longfield={}", self.shape.lat, self.shape.lon)
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let shape = &self.shape;
        // Places are numbers on the globe.
        let placed: Vec<Batch> = input
            .into_batches()
            .into_iter()
            .map(|batch| {
                let within = |field: &str, most: f64, row: usize| {
                    batch.get(field, row).number().is_some_and(|n| (-most..=most).contains(&n))
                };
                let on_map = |row| within(&shape.lat, 90.0, row) && within(&shape.lon, 180.0, row);
                batch.filter(&Bitmap::from_fn(batch.rows(), on_map))
            })
            .filter(|batch| batch.rows() > 0)
            .collect();
        let placed = self.with_series(placed);
        let mut levels = Vec::new();
        for zoom in 0..=shape.zoom {
            cx.check()?;
            let mut centres: HashMap<String, Centre> = HashMap::new();
            let cells = placed.iter().map(|batch| {
                let mut batch = batch.clone();
                let mut column = ColumnBuilder::default();
                for row in 0..batch.rows() {
                    let degrees = |field: &str| batch.get(field, row).number().unwrap_or(0.0);
                    let (lat, lon) = (degrees(&shape.lat), degrees(&shape.lon));
                    let place = |n: f64, most: f64, span: f64| ((n + most) / (span / f64::from(1u32 << zoom))).floor();
                    let (y, x) = (place(lat, 90.0, shape.spans[0]), place(lon, 180.0, shape.spans[1]));
                    let cell = format!("bin_id_zl_{zoom}_y_{y}_x_{x}");
                    column.push(Value::str(&cell));
                    let centre = centres.entry(cell).or_default();
                    centre.0 += lat;
                    centre.1 += lon;
                    centre.2 += 1.0;
                }
                batch.set(CELL, column.finish());
                batch
            });
            let cells = Table::in_order(cells.collect());
            let table = run(&self.open.over(cells), cx)?;
            levels.push(self.placed(if self.by.is_some() { self.spread(table) } else { table }, &centres));
        }
        Ok(union(levels))
    }
}

impl Node {
    /// The batches with the series of each row: the values of the BY field, the rarer ones together.
    fn with_series(&self, mut batches: Vec<Batch>) -> Vec<Batch> {
        let Some(field) = &self.by else { return batches };
        let mut counts: IndexMap<String, usize> = IndexMap::new();
        for batch in &batches {
            for row in 0..batch.rows() {
                let value = batch.get(field, row);
                if !value.is_null() {
                    *counts.entry(value.text().into_owned()).or_default() += 1;
                }
            }
        }
        counts.sort_by(|a, m, b, n| n.cmp(m).then(a.cmp(b)));
        let most = if self.shape.global == 0 { usize::MAX } else { self.shape.global };
        for batch in &mut batches {
            let mut column = ColumnBuilder::default();
            for row in 0..batch.rows() {
                let value = batch.get(field, row);
                column.push(match counts.get_index_of(&*value.text()) {
                    _ if value.is_null() => Value::Null,
                    Some(place) if place < most => Value::str(value.text()),
                    _ => Value::str("OTHER"),
                });
            }
            batch.set(SERIES, column.finish());
        }
        batches
    }

    /// The rows with the middle of the places in their cells.
    fn placed(&self, table: Table, centres: &HashMap<String, Centre>) -> Table {
        let fields = table.fields();
        let mut batch = table.into_single();
        let cells = batch.column_or_null(CELL);
        let middle = |part: fn(&Centre) -> f64| {
            let of = |row| centres.get(&*cells.get(row).text()).map_or(0.0, |centre| part(centre) / centre.2);
            Column::from_numbers((0..cells.len()).map(of).collect())
        };
        let [lat, lon] = &self.shape.names;
        batch.set(lat, middle(|centre| centre.0));
        batch.set(lon, middle(|centre| centre.1));
        let mut order: IndexSet<FieldName> = [CELL, lat, lon].into_iter().map(field_name).collect();
        order.extend(fields);
        Table::in_order(vec![batch]).with_fields(order.into_iter().collect())
    }

    /// A row for each cell, a field for each series.
    fn spread(&self, table: Table) -> Table {
        let made: Vec<FieldName> = table.fields().into_iter().filter(|f| &**f != CELL && &**f != SERIES).collect();
        let batch = table.into_single();
        let (mut cells, mut series): (IndexMap<String, HashMap<String, Value>>, IndexSet<String>) = Default::default();
        for row in 0..batch.rows() {
            let values = cells.entry(batch.get(CELL, row).text().into_owned()).or_default();
            let own = batch.get(SERIES, row).text();
            for field in &made {
                let name = if self.several { format!("{field}: {own}") } else { own.clone().into_owned() };
                series.insert(name.clone());
                values.insert(name, batch.get(field, row).to_value());
            }
        }
        series.sort();
        let fields: Vec<FieldName> =
            std::iter::once(CELL).chain(series.iter().map(String::as_str)).map(field_name).collect();
        let rows = cells.into_iter().map(|(cell, mut values)| {
            let of = |name: &String| values.remove(name).unwrap_or_default();
            std::iter::once(Value::from(cell)).chain(series.iter().map(of)).collect()
        });
        Table::from_rows(&fields, rows.collect())
    }
}
