//! What happens to an open transaction when an event comes, newest event first.

use std::collections::VecDeque;

/// When transactions end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    /// Seconds from the first to the last event.
    pub(super) span: Option<f64>,
    /// Seconds between neighbours.
    pub(super) pause: Option<f64>,
    /// Events of one transaction: not said, without limit, or so many.
    pub(super) events: Option<Option<usize>>,
    /// Transactions open at once; without limit when not said, as nothing here needs to save memory that way.
    pub(super) open_transactions: Option<Option<usize>>,
    /// Events of open transactions.
    pub(super) open_events: Option<Option<usize>>,
}

/// Events of one transaction when nothing is said of it.
const DEFAULT_EVENTS: usize = 1_000;

impl Limits {
    fn events(&self) -> usize {
        self.events.unwrap_or(Some(DEFAULT_EVENTS)).unwrap_or(usize::MAX)
    }

    fn most(limit: Option<Option<usize>>) -> usize {
        limit.flatten().unwrap_or(usize::MAX)
    }
}

/// One transaction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Transaction {
    /// Its number, in the order in which transactions began.
    pub(super) id: u32,
    /// The places of its newest and its oldest event in the order of events.
    pub(super) newest: u32,
    pub(super) oldest: u32,
    /// Number of events; 0 when none is open here.
    pub(super) events: u32,
    /// How often an event had one of the fields.
    pub(super) matches: u32,
    has_start: bool,
    has_end: bool,
    /// What becomes of `closed_txn`.
    pub(super) closed: bool,
}

/// Where a transaction may be open, with its times.
#[derive(Clone, Copy, Default)]
struct Slot {
    open: Transaction,
    latest: f64,
    earliest: f64,
}

/// An event as it matters here.
#[derive(Clone, Copy)]
pub(super) struct Event {
    pub(super) at: u32,
    pub(super) time: f64,
    pub(super) starts: bool,
    pub(super) ends: bool,
    pub(super) matches: u32,
}

/// Slots with an open transaction each, and those that are done.
pub(super) struct Assembler {
    limits: Limits,
    max_events: usize,
    needs_start: bool,
    needs_end: bool,
    keep_evicted: bool,
    slots: Vec<Slot>,
    pub(super) done: Vec<Transaction>,
    /// Number of transactions so far.
    pub(super) begun: u32,
    /// Slots by last use, with the place of the event that used them; only when open transactions are limited.
    used: VecDeque<(u32, usize)>,
    open: usize,
    open_events: usize,
    /// Whether transactions were given up for a limit.
    pub(super) evicted: usize,
}

impl Assembler {
    /// `guess` is how many transactions there may be.
    pub(super) fn new(
        limits: Limits,
        [needs_start, needs_end]: [bool; 2],
        keep_evicted: bool,
        slots: usize,
        guess: usize,
    ) -> Assembler {
        Assembler {
            limits,
            max_events: limits.events(),
            needs_start,
            needs_end,
            keep_evicted,
            slots: vec![Slot::default(); slots],
            done: Vec::with_capacity(guess),
            begun: 0,
            used: VecDeque::new(),
            open: 0,
            open_events: 0,
            evicted: 0,
        }
    }

    pub(super) fn new_slot(&mut self) -> usize {
        self.slots.push(Slot::default());
        self.slots.len() - 1
    }

    pub(super) fn is_open(&self, slot: usize) -> bool {
        self.slots[slot].open.events > 0
    }

    /// The place of the last event of the slot's transaction.
    pub(super) fn last_used(&self, slot: usize) -> u32 {
        self.slots[slot].open.oldest
    }

    /// Whether the open transaction can take the event; if not it is over.
    pub(super) fn fits(&self, slot: usize, event: &Event) -> bool {
        let slot = &self.slots[slot];
        if slot.open.events == 0 {
            return true;
        }
        if self.expired(slot, event.time) {
            return false;
        }
        // A last event belongs to a transaction of its own, unless it is the first of one that has its last.
        !(event.ends && self.needs_end) || event.starts && slot.open.has_end
    }

    fn expired(&self, slot: &Slot, time: f64) -> bool {
        self.limits.span.is_some_and(|most| slot.latest - time > most)
            || self.limits.pause.is_some_and(|most| slot.earliest - time > most)
    }

    /// Adds the event to the slot's transaction, which begins with it if none is open; the transaction's number.
    pub(super) fn add(&mut self, slot: usize, event: &Event) -> u32 {
        let limited = self.limits.open_transactions.is_some() || self.limits.open_events.is_some();
        let Slot { open, latest, earliest } = &mut self.slots[slot];
        if open.events == 0 {
            *open = Transaction { id: self.begun, newest: event.at, ..Transaction::default() };
            *latest = event.time;
            self.begun += 1;
            self.open += 1;
        }
        open.oldest = event.at;
        *earliest = event.time;
        open.events += 1;
        open.matches += event.matches;
        open.has_start |= event.starts;
        open.has_end |= event.ends;
        let id = open.id;
        let over = event.starts && self.needs_start || open.events as usize >= self.max_events;
        self.open_events += 1;
        if over {
            self.close(slot);
        } else if limited {
            self.used.push_back((event.at, slot));
            self.evict(event.time);
        }
        id
    }

    /// Ends the slot's transaction.
    pub(super) fn close(&mut self, slot: usize) {
        let mut open = self.slots[slot].open;
        if open.events == 0 {
            return;
        }
        self.slots[slot].open.events = 0;
        self.open -= 1;
        self.open_events -= open.events as usize;
        open.closed = self.complete(&open);
        if open.closed || self.keep_evicted {
            self.done.push(open);
        }
    }

    fn complete(&self, open: &Transaction) -> bool {
        (!self.needs_start || open.has_start) && (!self.needs_end || open.has_end)
    }

    /// Gives up those not used for longest, as long as too many are open.
    fn evict(&mut self, now: f64) {
        let (transactions, events) =
            (Limits::most(self.limits.open_transactions), Limits::most(self.limits.open_events));
        while self.open > transactions || self.open_events > events {
            let Some((at, slot)) = self.used.pop_front() else { return };
            let open = self.slots[slot].open;
            if open.events == 0 || open.oldest != at {
                continue;
            }
            if self.expired(&self.slots[slot], now) {
                self.close(slot);
                continue;
            }
            self.slots[slot].open.events = 0;
            self.open -= 1;
            self.open_events -= open.events as usize;
            self.evicted += 1;
            if self.keep_evicted {
                self.done.push(Transaction { closed: false, ..open });
            }
        }
    }

    /// Ends everything that is open, for there are no more events.
    pub(super) fn finish(&mut self) {
        let conditions = self.limits.span.is_some()
            || self.limits.pause.is_some()
            || self.limits.events.is_some()
            || self.needs_start
            || self.needs_end;
        for slot in 0..self.slots.len() {
            let before = self.done.len();
            self.close(slot);
            // Without any condition none is ever closed, but all are given.
            if let (false, Some(last)) = (conditions, self.done.get_mut(before)) {
                last.closed = false;
            }
        }
    }
}
