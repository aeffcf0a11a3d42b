//! What events look like between their values. Machine-made logs repeat themselves: the bytes from one value to the next (tags, keys,
//! punctuation) are the same in event after event. A [`Skeleton`] is the tree of such literals; an event that follows a branch to
//! its end is read with one comparison a value, and no parser.
//!
//! Two more things repeat. What kind of event it is decides the layout behind, so a literal may run through that value (the *given*
//! one of its node). And many values are the same as last time, so each node keeps an *echo*: value and literal behind it in one
//! comparison, which also saves looking the value up. What a literal means is the format's business.

/// The tree. An event starts at [`Skeleton::ROOT`].
pub(super) struct Skeleton<A> {
    literals: Vec<u8>,
    nodes: Vec<Node<A>>,
    echoes: Vec<u8>,
}

struct Node<A> {
    literal: (u32, u32),
    child: u32,
    sibling: u32,
    hits: u32,
    action: A,
    given: Option<(A, u32)>,
    echo: Echo,
}

/// The last value of a node with the literal behind it.
#[derive(Clone, Copy, Default)]
struct Echo {
    /// Where its bytes lie; room for [`ECHO_BYTES`] if it was ever kept.
    start: u32,
    length: u32,
    code: u32,
    next: u32,
    tries: u16,
    hits: u16,
    state: EchoState,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum EchoState {
    /// Not kept so far.
    #[default]
    New,
    Kept,
    /// The values differ too much.
    Off,
}

/// Literals to learn, and bytes of them, before it is clear that the events have no shape.
const MAX_NODES: usize = 1 << 16;
const MAX_BYTES: usize = 1 << 23;
const MAX_LITERAL: usize = 1 << 12;
/// Kinds of event to tell apart at one place.
const MAX_GIVEN: usize = 64;
const ECHO_BYTES: usize = 256;

impl<A: Copy> Skeleton<A> {
    pub(super) const ROOT: u32 = 0;

    /// Nothing learnt; `root` is never looked at.
    pub(super) fn new(root: A) -> Self {
        let mut skeleton = Skeleton { literals: Vec::new(), nodes: Vec::new(), echoes: Vec::new() };
        skeleton.push((0, 0), root, None, 0);
        skeleton
    }

    fn push(&mut self, literal: (u32, u32), action: A, given: Option<(A, u32)>, sibling: u32) {
        self.nodes.push(Node { literal, child: 0, sibling, hits: 0, action, given, echo: Echo::default() });
    }

    fn literal(&self, node: u32) -> &[u8] {
        let (start, end) = self.nodes[node as usize].literal;
        &self.literals[start as usize..end as usize]
    }

    /// Where the bytes lead from here: the node and its literal's length.
    #[inline]
    pub(super) fn step(&mut self, from: u32, rest: &[u8]) -> Option<(u32, usize)> {
        let first = self.nodes[from as usize].child;
        let literal = self.literal(first);
        if first != 0 && rest.starts_with(literal) {
            let length = literal.len();
            self.nodes[first as usize].hits += 1;
            return Some((first, length));
        }
        self.step_aside(from, first, rest)
    }

    // Apart, so that what mostly happens is small enough to become part of the readers' loops.
    #[inline(never)]
    fn step_aside(&mut self, from: u32, first: u32, rest: &[u8]) -> Option<(u32, usize)> {
        let (mut before, mut at) = (0, first);
        let mut link = from;
        while at != 0 {
            let next = self.nodes[at as usize].sibling;
            if at != first && rest.starts_with(self.literal(at)) {
                self.nodes[at as usize].hits += 1;
                self.promote(link, before, at);
                return Some((at, self.literal(at).len()));
            }
            if before != 0 {
                link = before;
            }
            (before, at) = (at, next);
        }
        None
    }

    /// Moves a node before its elder sibling when it has become the more frequent one. `link` is what points to the elder one: a
    /// sibling, or the parent.
    fn promote(&mut self, link: u32, elder: u32, node: u32) {
        if self.nodes[node as usize].hits <= self.nodes[elder as usize].hits
            || self.literal(elder).starts_with(self.literal(node))
        {
            return;
        }
        self.nodes[elder as usize].sibling = self.nodes[node as usize].sibling;
        self.nodes[node as usize].sibling = elder;
        let link = &mut self.nodes[link as usize];
        if link.child == elder { link.child = node } else { link.sibling = node }
    }

    /// What to do at a node: with the given value, and with the one behind its literal.
    #[inline]
    pub(super) fn at(&self, node: u32) -> (Option<(A, u32)>, A) {
        let node = &self.nodes[node as usize];
        (node.given, node.action)
    }

    /// If the value behind a node is the same as last time: its code, the next node, and how far that is.
    #[inline]
    pub(super) fn echo(&mut self, node: u32, rest: &[u8]) -> Option<(u32, u32, usize)> {
        let echo = &mut self.nodes[node as usize].echo;
        if echo.state != EchoState::Kept {
            return None;
        }
        let kept = &self.echoes[echo.start as usize..(echo.start + echo.length) as usize];
        echo.tries += 1;
        if echo.tries == 512 {
            // A value that is the same less often than every other time is not worth the comparison.
            (echo.tries, echo.hits) = (0, if echo.hits < 256 { 0 } else { 1 });
            if echo.hits == 0 {
                echo.state = EchoState::Off;
            }
        }
        if !rest.starts_with(kept) {
            return None;
        }
        echo.hits += 1;
        Some((echo.code, echo.next, echo.length as usize))
    }

    /// Whether the value behind a node is to be kept for next time.
    #[inline]
    pub(super) fn wants_echo(&self, node: u32) -> bool {
        self.nodes[node as usize].echo.state != EchoState::Off
    }

    /// Keeps a value with the literal behind it.
    pub(super) fn keep_echo(&mut self, node: u32, code: u32, next: u32, bytes: &[u8]) {
        let echo = &mut self.nodes[node as usize].echo;
        if bytes.len() > ECHO_BYTES || code == 0 {
            return;
        }
        if echo.state == EchoState::New {
            (echo.start, echo.state) = (self.echoes.len() as u32, EchoState::Kept);
            self.echoes.resize(self.echoes.len() + ECHO_BYTES, 0);
        }
        (echo.length, echo.code, echo.next) = (bytes.len() as u32, code, next);
        self.echoes[echo.start as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    /// Adds a literal behind a node; `None` when there is no more room. Longer literals are tried first, so that one that is the
    /// beginning of another does not hide it.
    pub(super) fn learn(&mut self, from: u32, literal: &[u8], given: Option<(A, u32)>, action: A) -> Option<u32> {
        let mut before = None;
        let mut at = self.nodes[from as usize].child;
        while at != 0 {
            let known = self.literal(at);
            if known == literal {
                return Some(at);
            }
            if known.len() >= literal.len() {
                before = Some(at);
            }
            at = self.nodes[at as usize].sibling;
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
        self.push((start as u32, (start + literal.len()) as u32), action, given, sibling);
        Some(new)
    }

    /// Whether one more literal behind this node may run through the value that tells the kind of event.
    pub(super) fn may_give(&self, from: u32) -> bool {
        let next = |at: u32| Some(self.nodes[at as usize].sibling).filter(|&at| at != 0);
        let first = Some(self.nodes[from as usize].child).filter(|&at| at != 0);
        std::iter::successors(first, |&at| next(at)).count() < MAX_GIVEN
    }
}
