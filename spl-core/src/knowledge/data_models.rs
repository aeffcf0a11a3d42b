//! Data models: which events belong to a dataset, and which fields it shows ([`DataModels`]).
//!
//! Read from the JSON that Splunk keeps in `data/models`, and from a shorter form of our own:
//! ```json
//! {"model": "M", "datasets": [{"name": "D", "parent": null, "search": "tag=d", "fields": ["f", "g"],
//!   "defaults": {"f": "unknown", "g": {"eval": "f"}}, "calculations": {"h": "lower(f)"}}]}
//! ```
//! Knows no plan: a dataset is text, which commands plan.
//!
//! Source: Knowledge Manager Manual, "About data models", "Define dataset fields".

use std::borrow::Cow;
use std::sync::OnceLock;

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use crate::error::{Diagnostic, ErrorKind, Result, bail, did_you_mean};

/// Data models by name.
#[derive(Debug, Default)]
pub struct DataModels {
    models: IndexMap<String, Entry>,
}

/// A model, perhaps still as text.
#[derive(Debug)]
struct Entry {
    text: Cow<'static, str>,
    model: OnceLock<Result<DataModel>>,
}

/// A data model.
#[derive(Clone, Debug, Default)]
pub struct DataModel {
    /// Its name.
    pub name: String,
    /// Its datasets, parents before children.
    pub datasets: Vec<Dataset>,
}

/// A dataset of a model.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// Its name.
    pub name: String,
    /// The dataset that it is a part of.
    pub parent: Option<String>,
    /// The search for its events, or, of a child, for those of its parent's that are its own. The search of a root may be a pipeline.
    pub search: String,
    /// The fields that it shows besides its parent's.
    pub fields: Vec<String>,
    /// What makes fields, in order.
    pub calculations: Vec<Calculation>,
}

/// What makes a field of a dataset, or fills it where it is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Calculation {
    /// The fields that come out.
    pub outputs: Vec<String>,
    /// How.
    pub how: Rule,
}

/// The forms of a calculation.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// Where the field is missing, empty, or one of the texts `missing`, it becomes `text`.
    Default {
        /// What it becomes.
        text: String,
        /// Texts that count as no value.
        missing: Vec<String>,
    },
    /// Where the field is missing or empty, it becomes the value of an eval expression.
    Fill(String),
    /// An eval expression.
    Eval(String),
    /// A command with its arguments: `rex ...`, `lookup ...`, `iplocation ...`.
    Command(String),
}

/// A dataset with what it has from its parents.
#[derive(Clone, Debug)]
pub struct DatasetView<'a> {
    /// The model.
    pub model: &'a DataModel,
    /// The dataset and its parents, root first.
    pub chain: Vec<&'a Dataset>,
}

impl DataModels {
    /// Adds a model's JSON text, to be read when it is asked for.
    pub fn add_json(&mut self, name: &str, text: impl Into<Cow<'static, str>>) {
        self.models.insert(name.to_owned(), Entry { text: text.into(), model: OnceLock::new() });
    }

    /// Adds a model, in place of one of the same name.
    pub fn insert(&mut self, model: DataModel) {
        let name = model.name.clone();
        let read = OnceLock::from(Ok(model));
        self.models.insert(name, Entry { text: Cow::Borrowed(""), model: read });
    }

    /// The names, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }

    /// The model of this name.
    pub fn get(&self, name: &str) -> Result<&DataModel> {
        let Some(entry) = self.models.get(name) else {
            match did_you_mean(name, self.names()) {
                Some(near) => bail!(Missing, "there is no data model `{name}`"; hint: "did you mean `{near}`?"),
                None => bail!(Missing, "there is no data model `{name}`"),
            }
        };
        let read = || {
            let mut model = DataModel::from_json(&entry.text)?;
            if model.name.is_empty() {
                model.name = name.to_owned();
            }
            Ok(model)
        };
        entry.model.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    /// The dataset `Model.Dataset`, or, of a model with one root, `Model`; `None` for a model with several roots.
    pub fn view(&self, path: &str) -> Result<(&DataModel, Option<DatasetView<'_>>)> {
        let (name, dataset) = match path.split_once(['.', ':']) {
            Some((name, dataset)) => (name, Some(dataset)),
            None => (path, None),
        };
        let model = self.get(name)?;
        match dataset {
            Some(dataset) => Ok((model, Some(model.view(dataset)?))),
            None => {
                let mut roots = model.datasets.iter().filter(|dataset| dataset.parent.is_none());
                let only = roots.next().filter(|_| roots.next().is_none());
                Ok((model, only.map(|root| DatasetView { model, chain: vec![root] })))
            }
        }
    }
}

impl DataModel {
    /// Reads either form of JSON.
    pub fn from_json(text: &str) -> Result<DataModel> {
        let wrong =
            |reason: String| Box::new(Diagnostic::new(ErrorKind::Data, format!("this is no data model: {reason}")));
        let json: Json = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let string = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).unwrap_or("").to_owned();
        if let Some(objects) = json.get("objects").and_then(Json::as_array) {
            let datasets = objects.iter().map(splunk_dataset).collect();
            let name = Some(string(&json, "modelName")).filter(|name| !name.is_empty());
            return Ok(DataModel { name: name.unwrap_or_else(|| string(&json, "displayName")), datasets });
        }
        let Some(datasets) = json.get("datasets").and_then(Json::as_array) else {
            return Err(wrong("it has neither `objects` nor `datasets`".to_owned()));
        };
        Ok(DataModel { name: string(&json, "model"), datasets: datasets.iter().map(own_dataset).collect() })
    }

    /// The model as Splunk would write it.
    pub fn to_json(&self) -> String {
        let views = self.datasets.iter().filter_map(|dataset| self.view(&dataset.name).ok());
        let objects: Vec<Json> = views.map(|view| view.json()).collect();
        json!({ "modelName": self.name, "displayName": self.name, "objects": objects }).to_string()
    }

    /// The dataset of this name; a path from the root means its last part.
    pub fn view(&self, path: &str) -> Result<DatasetView<'_>> {
        let name = path.rsplit('.').next().unwrap_or(path);
        let find = |name: &str| self.datasets.iter().find(|dataset| dataset.name == name);
        let Some(dataset) = find(name) else {
            let known = self.datasets.iter().map(|dataset| dataset.name.as_str());
            match did_you_mean(name, known) {
                Some(near) => {
                    bail!(Missing, "the data model `{}` has no dataset `{name}`", self.name; hint: "did you mean `{near}`?")
                }
                None => bail!(Missing, "the data model `{}` has no dataset `{name}`", self.name),
            }
        };
        let mut chain = vec![dataset];
        while let Some(parent) = chain[0].parent.as_deref() {
            match find(parent).filter(|parent| !chain.iter().any(|known| std::ptr::eq(*known, *parent))) {
                Some(parent) => chain.insert(0, parent),
                None => {
                    bail!(Data, "the dataset `{}` of the data model `{}` has no right parent", chain[0].name, self.name)
                }
            }
        }
        Ok(DatasetView { model: self, chain })
    }

    /// A field's own name, without the names of datasets in front; and whether there were any.
    pub fn plain_name<'n>(&self, name: &'n str) -> (&'n str, bool) {
        let mut plain = name;
        while let Some((first, rest)) = plain.split_once('.') {
            if !self.datasets.iter().any(|dataset| dataset.name == first) {
                break;
            }
            plain = rest;
        }
        (plain, plain.len() < name.len())
    }
}

impl DatasetView<'_> {
    /// The dataset's name.
    pub fn name(&self) -> &str {
        self.chain.last().map_or("", |dataset| &dataset.name)
    }

    /// The names from the root to the dataset, with points between.
    pub fn path(&self) -> String {
        self.chain.iter().map(|dataset| dataset.name.as_str()).collect::<Vec<_>>().join(".")
    }

    /// Its fields, each with the name that it has in searches: that of the dataset it belongs to in front.
    pub fn fields(&self) -> Vec<(String, String)> {
        let (mut fields, mut path) = (Vec::new(), String::new());
        for dataset in &self.chain {
            path.push_str(&dataset.name);
            path.push('.');
            for field in &dataset.fields {
                if !fields.iter().any(|(known, _)| known == field) {
                    fields.push((field.clone(), format!("{path}{field}")));
                }
            }
        }
        fields
    }

    /// The dataset as Splunk would write it.
    pub fn to_json(&self) -> String {
        self.json().to_string()
    }

    fn json(&self) -> Json {
        let (path, own) = (self.path(), self.chain.last());
        let fields = self.fields().into_iter().map(|(field, used)| {
            let owner = used.strip_suffix(&format!(".{field}")).unwrap_or("");
            json!({ "fieldName": field, "owner": owner, "fieldSearch": "", "type": "string" })
        });
        let constraints = self.chain.iter().map(|dataset| json!({ "search": dataset.search, "owner": dataset.name }));
        let calculations = own.into_iter().flat_map(|own| &own.calculations).map(|calculation| {
            let outputs: Vec<Json> =
                calculation.outputs.iter().map(|field| json!({ "fieldName": field, "owner": path })).collect();
            let output = calculation.outputs.first().map_or("", String::as_str);
            let expression = match &calculation.how {
                Rule::Default { text, .. } => {
                    format!("if(isnull({output}) OR {output}=\"\",\"{text}\",{output})")
                }
                Rule::Fill(expr) => format!("if(isnull({output}) OR {output}=\"\",{expr},{output})"),
                Rule::Eval(text) | Rule::Command(text) => text.clone(),
            };
            let kind = if matches!(calculation.how, Rule::Command(_)) { "Command" } else { "Eval" };
            json!({ "calculationType": kind, "expression": expression, "outputFields": outputs })
        });
        json!({
            "objectName": self.name(),
            "displayName": self.name(),
            "parentName": own.and_then(|own| own.parent.as_deref()).unwrap_or("BaseEvent"),
            "lineage": path,
            "fields": fields.collect::<Vec<_>>(),
            "constraints": constraints.collect::<Vec<_>>(),
            "calculations": calculations.collect::<Vec<_>>(),
        })
    }

    /// What makes its fields, those of the root first.
    pub fn calculations(&self) -> impl Iterator<Item = &Calculation> {
        self.chain.iter().flat_map(|dataset| &dataset.calculations)
    }
}

fn own_dataset(json: &Json) -> Dataset {
    let string = |key: &str| json.get(key).and_then(Json::as_str);
    let entries = |key: &str| json.get(key).and_then(Json::as_object).into_iter().flatten();
    let rule = |value: &Json| match value {
        Json::String(text) => Rule::Default { text: text.clone(), missing: Vec::new() },
        other => match other.get("eval").and_then(Json::as_str) {
            Some(expr) => Rule::Fill(expr.to_owned()),
            None => Rule::Default {
                text: other.get("text").and_then(Json::as_str).unwrap_or("").to_owned(),
                missing: strings(other.get("missing")),
            },
        },
    };
    let calculations = entries("calculations").map(|(field, value)| {
        let rule = Rule::Eval(value.as_str().unwrap_or("null()").to_owned());
        Calculation { outputs: vec![field.clone()], how: rule }
    });
    let defaults =
        entries("defaults").map(|(field, value)| Calculation { outputs: vec![field.clone()], how: rule(value) });
    Dataset {
        name: string("name").unwrap_or("").to_owned(),
        parent: string("parent").map(str::to_owned),
        search: string("search").unwrap_or("").to_owned(),
        fields: strings(json.get("fields")),
        calculations: calculations.chain(defaults).collect(),
    }
}

fn strings(json: Option<&Json>) -> Vec<String> {
    json.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

fn splunk_dataset(json: &Json) -> Dataset {
    let string = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    let array = |key: &str| json.get(key).and_then(Json::as_array).into_iter().flatten();
    let parent = string(json, "parentName").filter(|name| !name.starts_with("Base"));
    let constraints: Vec<String> =
        array("constraints").filter_map(|c| string(c, "search")).filter(|search| !search.trim().is_empty()).collect();
    let search = match (string(json, "baseSearch"), &constraints[..]) {
        (Some(base), _) if !base.is_empty() => base,
        (_, [only]) => only.clone(),
        (_, several) => several.iter().map(|search| format!("({search})")).collect::<Vec<_>>().join(" "),
    };
    let calculations: Vec<Calculation> = array("calculations").filter_map(splunk_calculation).collect();
    // `_time`, `host` and their like are listed too, as inherited.
    let own = array("fields").filter(|f| f.get("owner").and_then(Json::as_str).is_none_or(|o| !o.starts_with("Base")));
    let mut fields: Vec<String> = own.filter_map(|field| string(field, "fieldName")).collect();
    fields.retain(|field| !matches!(&**field, "_time" | "host" | "source" | "sourcetype"));
    for output in calculations.iter().flat_map(|calculation| &calculation.outputs) {
        if !fields.contains(output) {
            fields.push(output.clone());
        }
    }
    Dataset { name: string(json, "objectName").unwrap_or_default(), parent, search, fields, calculations }
}

fn splunk_calculation(json: &Json) -> Option<Calculation> {
    let string = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    let array = |key: &str| json.get(key).and_then(Json::as_array).into_iter().flatten();
    let outputs: Vec<String> = array("outputFields").filter_map(|field| string(field, "fieldName")).collect();
    let quoted = |name: &str| format!("\"{name}\"");
    let how = match json.get("calculationType").and_then(Json::as_str)?.to_ascii_lowercase().as_str() {
        "eval" => {
            let expr = string(json, "expression")?;
            match default_of(outputs.first()?, &expr) {
                Some(text) => Rule::Default { text, missing: Vec::new() },
                None => Rule::Eval(expr),
            }
        }
        "rex" => Rule::Command(format!(
            "rex field={} \"{}\"",
            quoted(&string(json, "inputField")?),
            string(json, "expression")?.replace('"', "\\\"")
        )),
        "geoip" => Rule::Command(format!("iplocation {}", quoted(&string(json, "inputField")?))),
        "lookup" => {
            let inputs: Vec<String> = array("lookupInputs")
                .chain(array("inputFields"))
                .filter_map(|input| {
                    let (column, field) = (string(input, "lookupField")?, string(input, "inputField")?);
                    Some(format!("{} AS {}", quoted(&column), quoted(&field)))
                })
                .collect();
            let columns: Vec<String> = array("outputFields")
                .filter_map(|output| {
                    let field = string(output, "fieldName")?;
                    let column = string(output, "lookupOutputFieldName").unwrap_or_else(|| field.clone());
                    Some(format!("{} AS {}", quoted(&column), quoted(&field)))
                })
                .collect();
            let table = string(json, "lookupName")?;
            Rule::Command(format!("lookup {table} {} OUTPUT {}", inputs.join(" "), columns.join(" ")))
        }
        _ => return None,
    };
    Some(Calculation { outputs, how })
}

/// The text of `if(isnull(field) OR field="","text",field)`, by which models fill fields that are missing.
fn default_of(field: &str, expr: &str) -> Option<String> {
    let squeezed: String = expr.chars().filter(|c| !c.is_whitespace()).collect();
    let rest = squeezed.strip_prefix(&format!("if(isnull({field})OR{field}=\"\",\""))?;
    let text = rest.strip_suffix(&format!("\",{field})"))?;
    (!text.contains('"') && !text.contains('\\')).then(|| text.to_owned())
}
