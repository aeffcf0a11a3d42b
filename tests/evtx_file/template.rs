//! The templates of events: elements in which values are missing.

use super::{NAMESPACE, Value};

/// Of a value that is BinXML itself.
pub(super) const BINXML: u8 = 0x21;
/// The slot of the template of all events that takes the data.
const DATA_SLOT: u16 = 14;

/// What stands at a place of a template.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Text(String),
    /// The value of this number and kind.
    Slot(u16, u8),
    /// One that may be missing, with what it is the value of.
    Optional(u16, u8),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) attributes: Vec<(&'static str, Part)>,
    pub(super) content: Option<Part>,
    pub(super) children: Vec<Element>,
}

fn element(name: &'static str, content: Part) -> Element {
    Element { name, content: Some(content), ..Element::default() }
}

fn with_attributes(name: &'static str, attributes: Vec<(&'static str, Part)>) -> Element {
    Element { name, attributes, ..Element::default() }
}

fn with_children(name: &'static str, children: Vec<Element>) -> Element {
    Element { name, children, ..Element::default() }
}

/// The template of all events of a provider.
pub(super) fn event_template((name, id): (&str, u128)) -> Element {
    let text = |text: &str| Part::Text(text.to_owned());
    let provider = vec![("Name", text(name)), ("Guid", Part::Text(Value::Guid(id).shown()))];
    let execution = vec![("ProcessID", Part::Slot(9, 0x08)), ("ThreadID", Part::Slot(10, 0x08))];
    let system = vec![
        with_attributes("Provider", provider),
        element("EventID", Part::Slot(0, 0x06)),
        element("Version", Part::Slot(1, 0x04)),
        element("Level", Part::Slot(2, 0x04)),
        element("Task", Part::Slot(3, 0x06)),
        element("Opcode", Part::Slot(4, 0x04)),
        element("Keywords", Part::Slot(5, 0x15)),
        with_attributes("TimeCreated", vec![("SystemTime", Part::Slot(6, 0x11))]),
        element("EventRecordID", Part::Slot(7, 0x0a)),
        with_attributes("Correlation", vec![("ActivityID", Part::Optional(8, 0x0f))]),
        with_attributes("Execution", execution),
        element("Channel", Part::Slot(11, 0x01)),
        element("Computer", Part::Slot(12, 0x01)),
        with_attributes("Security", vec![("UserID", Part::Optional(13, 0x13))]),
    ];
    // The data is a slot among elements: an element without a name stands for it.
    let data = element("", Part::Slot(DATA_SLOT, BINXML));
    Element {
        name: "Event",
        attributes: vec![("xmlns", text(NAMESPACE))],
        content: None,
        children: vec![with_children("System", system), data],
    }
}

/// The template of events with this data.
pub(super) fn data_template(data: &[(&'static str, Value)]) -> Element {
    let row = |(slot, (name, value)): (u16, &(&'static str, Value))| Element {
        name: "Data",
        attributes: vec![("Name", Part::Text((*name).to_owned()))],
        content: Some(Part::Slot(slot, value.kind())),
        children: Vec::new(),
    };
    with_children("EventData", (0..).zip(data).map(row).collect())
}
