//! `kmeans`: rows in groups of near neighbours.

use super::prelude::*;
use crate::exec::expand_fields;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "kmeans",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "kmeans [k=<int>] [reps=<int>] [maxiters=<int>] [t=<num>] [cfield=<field>] [dt=<distance>] [showcentroid=<bool>] [<field-list>]",
    summary: "Parts rows into 2 groups, or as many as given, by their numbers; rows with other values in the fields are dropped.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"x\n1\n2\n9\n10\" | kmeans k=2 x",
        result: "x  | CLUSTERNUM | centroid_x\n1  | 1          | 1.5\n2  | 1          | 1.5\n9  | 2          | 9.5\n10 | 2          | 9.5",
    }],
    parse: |args| {
        let k = args.option("k")?;
        if let Some(value) = k.spanned()?.filter(|value| value.node.contains('-')) {
            bail!(Unsupported, value.span, "a range of k is not supported by kmeans"; hint: "give one number of groups");
        }
        let span = k.span().unwrap_or(args.span());
        let k = k.count()?.unwrap_or(2);
        if k == 0 {
            bail!(Argument, span, "kmeans needs a group at least");
        }
        // Where groups begin is chosen by the rows, not by chance, so that repetitions would change nothing.
        args.option("reps")?.count()?;
        let iterations = args.option("maxiters")?.count()?.unwrap_or(10_000);
        let tolerance = args.option("t")?.float()?.unwrap_or(0.0);
        let output = args.option_of(&["cfield", "cnumfield"])?.string()?.unwrap_or_else(|| "CLUSTERNUM".to_owned());
        let distance = match args.option_of(&["dt", "distype"])?.one_of(DISTANCES)? {
            Some("l1" | "l1norm" | "cb" | "cityblock") => Distance::City,
            Some("cos" | "cosine") => Distance::Cosine,
            _ => Distance::Square,
        };
        let centroids = args.option("showcentroid")?.bool()?.unwrap_or(true);
        let fields = args.fields_if_any(&[])?.into_iter().map(|f| f.node).collect();
        args.end()?;
        Ok(Box::new(Kmeans(Arc::new(Node { k, iterations, tolerance, output, distance, centroids, fields }))))
    },
};

const DISTANCES: &[&str] =
    &["l1", "l1norm", "cb", "cityblock", "l2", "l2norm", "sq", "sqeuclidean", "euclidean", "cos", "cosine"];

#[derive(Debug)]
struct Kmeans(Arc<Node>);

#[derive(Clone, Copy, Debug)]
enum Distance {
    City,
    Square,
    Cosine,
}

#[derive(Debug)]
struct Node {
    k: usize,
    iterations: usize,
    /// How little centres must move to be at rest.
    tolerance: f64,
    output: String,
    distance: Distance,
    centroids: bool,
    fields: Vec<String>,
}

impl Command for Kmeans {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl Distance {
    fn between(self, a: &[f64], b: &[f64]) -> f64 {
        let pairs = || a.iter().zip(b);
        match self {
            Distance::City => pairs().map(|(x, y)| (x - y).abs()).sum(),
            Distance::Square => pairs().map(|(x, y)| (x - y) * (x - y)).sum(),
            Distance::Cosine => {
                let length = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
                let (lengths, product) = (length(a) * length(b), pairs().map(|(x, y)| x * y).sum::<f64>());
                if lengths == 0.0 { 1.0 } else { 1.0 - product / lengths }
            }
        }
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("kmeans k={} {}", self.k, self.fields.join(", ")).trim_end().to_owned()
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        if self.fields.is_empty() { FieldSet::all() } else { wanted.clone().union(&FieldSet::of(&self.fields)) }
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let present = input.fields();
        let batch = input.into_single();
        let numeric = |field: &FieldName| {
            let column = batch.column_or_null(field);
            (0..batch.rows()).any(|row| column.get(row).number().is_some())
        };
        let fields: Vec<FieldName> = if self.fields.is_empty() {
            present.into_iter().filter(|f| !f.starts_with('_') && numeric(f)).collect()
        } else {
            expand_fields(&self.fields, &present)
        };
        let (mut rows, mut points) = (Vec::new(), Vec::new());
        for row in 0..batch.rows() {
            let point: Option<Vec<f64>> =
                fields.iter().map(|field| batch.get(field, row).number().filter(|n| n.is_finite())).collect();
            if let Some(point) = point.filter(|point| !point.is_empty()) {
                rows.push(row as u32);
                points.push(point);
            }
        }
        let (groups, centres) = self.group(&points, cx)?;
        let mut grouped = batch.take(&rows);
        grouped.set(&self.output, Column::from_numbers(groups.iter().map(|&group| group as f64 + 1.0).collect()));
        if self.centroids {
            for (i, field) in fields.iter().enumerate() {
                let centre = groups.iter().map(|&group| centres[group][i]).collect();
                grouped.set(format!("centroid_{field}"), Column::from_numbers(centre));
            }
        }
        Ok(Table::in_order(vec![grouped]).with_fields_after(declared))
    }
}

impl Node {
    /// The group of each point, and the groups' centres.
    fn group(&self, points: &[Vec<f64>], cx: &RunContext<'_>) -> Result<(Vec<usize>, Vec<Vec<f64>>)> {
        let mut centres = self.first_centres(points);
        let mut groups = vec![0; points.len()];
        for _ in 0..self.iterations.max(1) {
            cx.check()?;
            let nearest = |point: &Vec<f64>| {
                let distance = |centre: &Vec<f64>| self.distance.between(point, centre);
                let distances: Vec<f64> = centres.iter().map(distance).collect();
                (0..centres.len()).min_by(|&a, &b| distances[a].total_cmp(&distances[b])).unwrap_or(0)
            };
            groups = points.iter().map(nearest).collect();
            let mut moved = 0.0f64;
            for (number, centre) in centres.iter_mut().enumerate() {
                let own: Vec<&Vec<f64>> =
                    points.iter().zip(&groups).filter(|(_, g)| **g == number).map(|(p, _)| p).collect();
                if own.is_empty() {
                    continue;
                }
                let mean: Vec<f64> =
                    (0..centre.len()).map(|i| own.iter().map(|p| p[i]).sum::<f64>() / own.len() as f64).collect();
                moved = moved.max(self.distance.between(centre, &mean));
                *centre = mean;
            }
            if moved <= self.tolerance {
                break;
            }
        }
        Ok((groups, centres))
    }

    /// The first point, and then each time the point that is furthest from those chosen.
    fn first_centres(&self, points: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut centres: Vec<Vec<f64>> = points.first().cloned().into_iter().collect();
        let mut nearest = vec![f64::INFINITY; points.len()];
        while let (true, Some(last)) = (centres.len() < self.k, centres.last()) {
            for (distance, point) in nearest.iter_mut().zip(points) {
                *distance = distance.min(self.distance.between(point, last));
            }
            let furthest = (0..points.len()).max_by(|&a, &b| nearest[a].total_cmp(&nearest[b]).then(b.cmp(&a)));
            match furthest.filter(|&at| nearest[at] > 0.0) {
                Some(at) => centres.push(points[at].clone()),
                None => break,
            }
        }
        centres
    }
}
