//! What events look like between their values. Machine-made logs repeat themselves: the bytes from one value to the next (tags, keys,
//! punctuation) are the same in event after event. A [`Skeleton`] is the tree of such literals; an event that follows a branch to
//! its end is read with one comparison a value, and no parser. What a literal means is the format's business.

/// The tree. An event starts at [`Skeleton::ROOT`].
pub(super) struct Skeleton<A> {
    literals: Vec<u8>,
    nodes: Vec<Node<A>>,
}

struct Node<A> {
    literal: (u32, u32),
    child: u32,
    sibling: u32,
    action: A,
}

/// Literals to learn, and bytes of them, before it is clear that the events have no shape.
const MAX_NODES: usize = 1 << 16;
const MAX_BYTES: usize = 1 << 23;
const MAX_LITERAL: usize = 1 << 12;

impl<A: Copy> Skeleton<A> {
    pub(super) const ROOT: u32 = 0;

    /// Nothing learnt; `root` is never looked at.
    pub(super) fn new(root: A) -> Self {
        Skeleton { literals: Vec::new(), nodes: vec![Node { literal: (0, 0), child: 0, sibling: 0, action: root }] }
    }

    /// Where the bytes lead from here: the node, its literal's length, and what to do with the value behind it.
    #[inline]
    pub(super) fn step(&self, from: u32, rest: &[u8]) -> Option<(u32, usize, A)> {
        let mut at = self.nodes[from as usize].child;
        while at != 0 {
            let node = &self.nodes[at as usize];
            let literal = &self.literals[node.literal.0 as usize..node.literal.1 as usize];
            if rest.starts_with(literal) {
                return Some((at, literal.len(), node.action));
            }
            at = node.sibling;
        }
        None
    }

    /// Adds a literal behind a node; `None` when there is no more room. Longer literals are tried first, so that one that is the
    /// beginning of another does not hide it.
    pub(super) fn learn(&mut self, from: u32, literal: &[u8], action: A) -> Option<u32> {
        let mut before = None;
        let mut at = self.nodes[from as usize].child;
        while at != 0 {
            let node = &self.nodes[at as usize];
            let known = &self.literals[node.literal.0 as usize..node.literal.1 as usize];
            if known == literal {
                return Some(at);
            }
            if known.len() >= literal.len() {
                before = Some(at);
            }
            at = node.sibling;
        }
        let start = self.literals.len();
        if self.nodes.len() >= MAX_NODES || literal.len() > MAX_LITERAL || start + literal.len() > MAX_BYTES {
            return None;
        }
        self.literals.extend_from_slice(literal);
        let new = self.nodes.len() as u32;
        let link = match before {
            Some(before) => &mut self.nodes[before as usize].sibling,
            None => &mut self.nodes[from as usize].child,
        };
        let sibling = std::mem::replace(link, new);
        self.nodes.push(Node { literal: (start as u32, (start + literal.len()) as u32), child: 0, sibling, action });
        Some(new)
    }
}
