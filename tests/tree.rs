//! Syntax trees compared without their places.

/// A tree as text without its places.
pub fn bare(tree: &impl std::fmt::Debug) -> String {
    let text = format!("{tree:?}");
    let mut parts = text.split("Span { start: ");
    let mut bare = parts.next().unwrap_or_default().to_owned();
    bare.extend(parts.map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)));
    bare
}
