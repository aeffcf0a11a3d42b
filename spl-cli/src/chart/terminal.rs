//! A chart in characters: bars of blocks for names, columns or lines over time.

use std::fmt::Write;

use anstyle::{AnsiColor, Color, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::canvas::Dots;
use super::scale::{Scale, number};
use super::{Axis, Chart, Series, times};

/// What a chart is drawn on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Canvas {
    pub(crate) width: usize,
    pub(crate) color: bool,
}

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

const COLORS: &[AnsiColor] = &[
    AnsiColor::Blue,
    AnsiColor::Yellow,
    AnsiColor::Green,
    AnsiColor::Red,
    AnsiColor::Magenta,
    AnsiColor::Cyan,
    AnsiColor::BrightBlue,
    AnsiColor::BrightYellow,
    AnsiColor::BrightGreen,
    AnsiColor::BrightRed,
    AnsiColor::BrightMagenta,
    AnsiColor::BrightCyan,
];

/// What tells series apart where there are no colours: fills of bars, and marks of lines.
const FILLS: &[char] = &['█', '▒', '▓', '░', '■', '□', '#', '=', '+', '-'];
const MARKS: &[char] = &['●', '○', '▲', '△', '■', '□', '◆', '◇', '+', 'x'];

/// Eighths of a block, growing rightwards and upwards.
const RIGHT: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const UP: [char; 8] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇'];

/// Rows of a chart over time, about.
const HEIGHT: usize = 15;

/// The chart as lines of text.
pub(crate) fn draw(chart: &Chart, canvas: Canvas) -> String {
    let canvas = Canvas { width: canvas.width.max(30), ..canvas };
    let mut out = String::new();
    canvas.put(&mut out, BOLD, &middle(&chart.title, canvas.width));
    out.push_str("\n\n");
    match &chart.axis {
        Axis::Names(names) => bars(chart, names, canvas, &mut out),
        Axis::Times(times, zone) => over_time(chart, times, *zone, canvas, &mut out),
    }
    if chart.series.len() > 1 || matches!(chart.axis, Axis::Times(..)) {
        legend(chart, canvas, &mut out);
    }
    if let Some(left_out) = &chart.left_out {
        canvas.put(&mut out, FAINT, &format!("{left_out} not drawn"));
        out.push('\n');
    }
    out
}

impl Canvas {
    fn put(self, out: &mut String, style: Style, text: &str) {
        // Writing to a string does not fail.
        let _ = match self.color {
            true => write!(out, "{style}{text}{style:#}"),
            false => write!(out, "{text}"),
        };
    }

    fn style(self, chart: &Chart, series: usize) -> Style {
        match chart.series.get(series) {
            Some(one) if one.is_rest() => FAINT,
            _ => Style::new().fg_color(Some(Color::Ansi(COLORS[series % COLORS.len()]))),
        }
    }

    /// The character that a series' bars are made of.
    fn fill(self, series: usize) -> char {
        if self.color { '█' } else { FILLS[series % FILLS.len()] }
    }
}

/// A bar for each name and series, from left to right.
fn bars(chart: &Chart, names: &[String], canvas: Canvas, out: &mut String) {
    let label_width = names.iter().map(|name| name.width()).max().unwrap_or(0).min(canvas.width / 3);
    let numbers: Vec<String> =
        chart.series.iter().flat_map(|one| one.values.iter().flatten().map(|&v| number(v))).collect();
    let number_width = numbers.iter().map(|number| number.width()).max().unwrap_or(0);
    let room = canvas.width.saturating_sub(label_width + number_width + 4).max(8);
    let (low, high) = chart.extent();
    let span = if high > low { high - low } else { 1.0 };
    let place = |value: f64| ((value - low) / span * (room * 8) as f64).round() as usize;
    for (at, name) in names.iter().enumerate() {
        for (n, series) in chart.series.iter().enumerate() {
            let label = if n == 0 { middle(name, label_width) } else { String::new() };
            let _ = write!(out, "{}{label} ", " ".repeat(label_width - label.width()));
            canvas.put(out, FAINT, "│");
            if let Some(value) = series.values[at] {
                let bar = bar(place(0.0), place(value), canvas.fill(n));
                canvas.put(out, canvas.style(chart, n), &bar);
                let _ = write!(out, " {}", number(value));
            }
            out.push('\n');
        }
        if chart.series.len() > 1 && at + 1 < names.len() {
            let _ = write!(out, "{} ", " ".repeat(label_width));
            canvas.put(out, FAINT, "│");
            out.push('\n');
        }
    }
    out.push('\n');
}

/// From one place to another, in eighths of a cell.
fn bar(zero: usize, end: usize, fill: char) -> String {
    let (from, to) = (zero.min(end), zero.max(end));
    let mut bar = " ".repeat(from / 8);
    let whole = to / 8 - (from / 8).min(to / 8);
    bar.extend(std::iter::repeat_n(fill, whole));
    // Only full blocks have parts; what is greater than nothing is seen.
    match to % 8 {
        0 if whole == 0 && to > from => bar.push('▏'),
        rest if end > zero && rest > 0 && fill == '█' => bar.push(RIGHT[rest]),
        rest if end > zero && (rest >= 4 || whole == 0) => bar.push(fill),
        _ => {}
    }
    bar
}

/// Columns for one series, lines for several.
fn over_time(chart: &Chart, times: &[f64], zone: spl_core::time::Zone, canvas: Canvas, out: &mut String) {
    let scale = Scale::over(chart.extent(), 4, chart.is_whole());
    let per_step = (HEIGHT / (scale.ticks.len() - 1).max(1)).max(2);
    let rows = per_step * (scale.ticks.len() - 1);
    let labels: Vec<String> = scale.ticks.iter().map(|&tick| scale.label(tick)).collect();
    let label_width = labels.iter().map(|label| label.width()).max().unwrap_or(0);
    let room = canvas.width.saturating_sub(label_width + 3).max(8);
    let places = Places::new(times.len(), room);
    let cells: Cells<'_> = match &chart.series[..] {
        [one] => columns(one, &scale, rows, &places),
        _ => lines(&chart.series, &scale, rows, &places, canvas.color),
    };
    for row in 0..rows {
        // A line's label stands where a column of that height ends.
        let tick = if row % per_step == 0 { labels.get(labels.len() - 1 - row / per_step) } else { None };
        let label = tick.map_or("", |label| label.as_str());
        let _ = write!(out, "{label:>label_width$} ");
        canvas.put(out, FAINT, if tick.is_some() { "┤" } else { "│" });
        let mut line: Vec<Option<(char, usize)>> = (0..places.width).map(|column| cells(column, row)).collect();
        while line.last().is_some_and(Option::is_none) {
            line.pop();
        }
        for part in line.chunk_by(|a, b| a.map(|cell| cell.1) == b.map(|cell| cell.1)) {
            let text: String = part.iter().map(|cell| cell.map_or(' ', |cell| cell.0)).collect();
            match part.first().copied().flatten() {
                Some((_, series)) => canvas.put(out, canvas.style(chart, series), &text),
                None => out.push_str(&text),
            }
        }
        out.push('\n');
    }
    let bottom = labels.first().map_or("", |label| label.as_str());
    let most = (places.width / 11).max(2);
    let marks: Vec<(usize, String)> =
        times::labels(times, zone, most).into_iter().map(|(at, label)| (places.center(at), label)).collect();
    let axis: String =
        (0..places.width).map(|at| if marks.iter().any(|(mark, _)| *mark == at) { '┬' } else { '─' }).collect();
    let _ = write!(out, "{bottom:>label_width$} ");
    canvas.put(out, FAINT, &format!("└{axis}"));
    out.push('\n');
    let mut below = String::new();
    for (mark, label) in marks {
        // Centred below its mark, and apart from the one before.
        let start =
            (mark + label_width + 2).saturating_sub(label.width() / 2).min(canvas.width.saturating_sub(label.width()));
        if below.is_empty() || start > below.width() {
            let _ = write!(below, "{}{label}", " ".repeat(start.saturating_sub(below.width())));
        }
    }
    let _ = writeln!(out, "{below}\n");
}

/// Where the times of an axis stand in cells.
#[derive(Clone, Copy)]
struct Places {
    count: usize,
    /// All cells that are used.
    width: usize,
    /// Cells of one time; 0 where several times share one.
    each: usize,
}

impl Places {
    fn new(count: usize, room: usize) -> Self {
        let each = (room / count.max(1)).min(12);
        Places { count, width: if each == 0 { room } else { each * count }, each }
    }

    fn center(&self, at: usize) -> usize {
        match self.each {
            0 => at * self.width / self.count.max(1),
            each => at * each + each.saturating_sub(1) / 2,
        }
    }

    /// The times that a cell stands for; none in the gap between two columns.
    fn times(&self, cell: usize) -> std::ops::Range<usize> {
        match self.each {
            0 => {
                cell * self.count / self.width
                    ..((cell + 1) * self.count / self.width).max(cell * self.count / self.width + 1)
            }
            each if each > 2 && cell % each == each - 1 => 0..0,
            each => cell / each..cell / each + 1,
        }
    }
}

type Cells<'a> = Box<dyn Fn(usize, usize) -> Option<(char, usize)> + 'a>;

fn columns<'a>(one: &'a Series, scale: &'a Scale, rows: usize, places: &'a Places) -> Cells<'a> {
    let eighths = rows * 8;
    let height = move |value: f64| (scale.place(value) * eighths as f64).round() as usize;
    let zero = height(0.0);
    Box::new(move |column, row| {
        let values = one.values.get(places.times(column))?.iter().flatten();
        // Of times that share a cell the one furthest from nothing is seen.
        let value = values.copied().max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
        let (from, to) = (zero.min(height(value)), zero.max(height(value)));
        let bottom = (rows - 1 - row) * 8;
        if value > 0.0 && to == from && bottom == zero {
            return Some((UP[1], 0));
        }
        match to.saturating_sub(bottom).min(8) {
            _ if from >= bottom + 8 => None,
            0 => None,
            8 => Some(('█', 0)),
            part => Some((UP[part], 0)),
        }
    })
}

fn lines<'a>(series: &[Series], scale: &Scale, rows: usize, places: &Places, color: bool) -> Cells<'a> {
    let mut dots = Dots::new(places.width, rows);
    let x = |at: usize| (places.center(at) as f64 + 0.5) / places.width as f64;
    // The first series is drawn last, above all others.
    for (n, one) in series.iter().enumerate().rev() {
        let mut last = None;
        for (at, value) in one.values.iter().enumerate() {
            let here = value.map(|value| (x(at), scale.place(value)));
            if let Some(to) = here {
                dots.line(last.unwrap_or(to), to, n);
            }
            last = here;
        }
    }
    Box::new(move |column, row| {
        let (shown, who) = dots.cell(column, row)?;
        Some((if color { shown } else { MARKS[who % MARKS.len()] }, who))
    })
}

/// The names of the series with what they are drawn with.
fn legend(chart: &Chart, canvas: Canvas, out: &mut String) {
    let lines = matches!(chart.axis, Axis::Times(..)) && chart.series.len() > 1;
    let mut column = 0;
    for (n, series) in chart.series.iter().enumerate() {
        let mark = match lines {
            true if !canvas.color => MARKS[n % MARKS.len()],
            _ => canvas.fill(n),
        };
        let name = middle(&series.name, canvas.width / 3);
        let width = name.width() + 4;
        if column > 0 && column + width > canvas.width {
            out.push('\n');
            column = 0;
        }
        if column > 0 {
            out.push_str("  ");
        }
        canvas.put(out, canvas.style(chart, n), &mark.to_string());
        let _ = write!(out, " {name}");
        column += width;
    }
    out.push('\n');
}

/// A text of at most so many columns, whose middle is left out where it is longer: the ends of paths say most.
fn middle(text: &str, most: usize) -> String {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if text.width() <= most {
        return text;
    }
    let take = |chars: &mut dyn Iterator<Item = char>, most: usize| {
        let mut width = 0;
        let fits = |c: &char| {
            width += c.width().unwrap_or(0);
            width <= most
        };
        chars.take_while(fits).collect::<Vec<char>>()
    };
    let tail = (most.saturating_sub(1)) * 2 / 3;
    let start = take(&mut text.chars(), most.saturating_sub(1 + tail));
    let end = take(&mut text.chars().rev(), tail);
    start.into_iter().chain(['…']).chain(end.into_iter().rev()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ROWS, chart};
    use super::*;

    fn drawn(search: &str, width: usize) -> String {
        draw(&chart(search).unwrap(), Canvas { width, color: false })
    }

    #[test]
    fn bars_are_as_long_as_their_numbers() {
        let text = drawn(&format!("{ROWS} | eval n=n*n | stats sum(n) AS sum BY code"), 60);
        let bar = |line: &str| line.chars().filter(|&c| c == '█').count();
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert!(lines[0].starts_with("400 │█") && lines[0].ends_with(" 45"), "{text}");
        assert!(bar(lines[0]) > bar(lines[2]) && bar(lines[2]) > bar(lines[1]), "{text}");
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        let long = "x".repeat(300);
        for width in [30, 40, 80, 200] {
            for search in [
                format!("{ROWS} | eval host=\"{long}\".n | stats count, sum(n) AS s BY host"),
                format!("{ROWS} | eval _time=1700000000+n*60 | timechart span=1m sum(n) AS s"),
                format!("{ROWS} | eval _time=1700000000+n*n*6000 | timechart span=1m count BY host"),
                format!("{ROWS} | eval m=-n*1000 | chart max(n) min(m) OVER host"),
            ] {
                let text = drawn(&search, width);
                assert!(text.lines().all(|line| line.width() <= width), "{width}\n{text}");
            }
        }
    }

    #[test]
    fn columns_end_at_their_labels() {
        let text = drawn(
            "| makeresults count=4 | streamstats count AS n | eval _time=1700000040+n*60 | timechart span=1m max(n) AS n",
            60,
        );
        let top = text.lines().nth(2).unwrap();
        assert!(top.starts_with("4 ┤") && top.ends_with('█'), "{text}");
        assert!(text.contains("22:15") && text.contains("22:18"), "{text}");
    }

    #[test]
    fn lines_have_marks_where_there_are_no_colours() {
        let text = drawn(&format!("{ROWS} | eval _time=1700000000+n*60 | timechart span=1m sum(n) BY host"), 60);
        assert!(text.contains('●') && text.ends_with("● a  ○ b\n"), "{text}");
    }

    #[test]
    fn the_ends_of_long_names_are_seen() {
        assert_eq!(middle("C:\\Windows\\System32\\a.exe", 12), "C:\\W…2\\a.exe");
        assert_eq!(middle("日本語日本語", 5), "日…語");
        assert_eq!(middle("ab\u{1b}c", 9), "ab\u{fffd}c");
    }
}
