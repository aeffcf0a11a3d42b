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

    /// Whether something is said of open transactions: what becomes of one then depends on others.
    pub(super) fn of_open(&self) -> bool {
        self.open_transactions.flatten().is_some() || self.open_events.flatten().is_some()
    }
}

/// What all transactions of a search have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) limits: Limits,
    pub(super) needs_start: bool,
    pub(super) needs_end: bool,
    pub(super) keep_evicted: bool,
}

/// An event as it matters here.
#[derive(Clone, Copy)]
pub(super) struct Event {
    pub(super) time: f64,
    /// Its place among all events.
    pub(super) place: u32,
    /// How many of the fields it has.
    pub(super) matches: u32,
    pub(super) starts: bool,
    pub(super) ends: bool,
    /// Batch and row.
    pub(super) pick: (u32, u32),
}

/// One transaction.
#[derive(Clone, Copy, Default)]
pub(super) struct Transaction {
    /// Times of its newest and its oldest event.
    pub(super) latest: f64,
    pub(super) earliest: f64,
    /// The place of its oldest event.
    pub(super) place: u32,
    /// The oldest event's number among those added, from 1.
    oldest: u32,
    /// 0 when there is none.
    pub(super) events: u32,
    /// How often an event had one of the fields.
    pub(super) matches: u32,
    marks: u8,
}

/// Marks of a transaction: it has a first and a last event.
const START: u8 = 1;
const END: u8 = 2;
/// Over because of its own events, or given up for those of others.
const OVER: u8 = 4;
const EVICTED: u8 = 8;

/// Slots with an open transaction each, and those that are done.
pub(super) struct Assembler {
    terms: Terms,
    /// No limit is infinite, so that no time is beyond it.
    span: f64,
    pause: f64,
    max_events: u32,
    limited: bool,
    slots: Vec<Transaction>,
    done: Vec<Transaction>,
    /// How many events were added.
    events: u32,
    /// For each event that was added the one before it in its transaction (0 for none), and its row; only when asked for.
    before: Option<Vec<(u32, (u32, u32))>>,
    open: Open,
    /// How many transactions were given up for a limit.
    pub(super) evicted: usize,
}

/// The open transactions, where there is a limit to them.
#[derive(Default)]
struct Open {
    /// Slots by last use, with the number of the event that used them.
    used: VecDeque<(u32, usize)>,
    transactions: usize,
    events: usize,
}

impl Assembler {
    /// For about so many events. `members` says whether it will matter which events a transaction has.
    pub(super) fn new(terms: Terms, slots: usize, events: usize, members: bool) -> Assembler {
        Assembler {
            terms,
            span: terms.limits.span.unwrap_or(f64::INFINITY),
            pause: terms.limits.pause.unwrap_or(f64::INFINITY),
            max_events: u32::try_from(terms.limits.events()).unwrap_or(u32::MAX),
            limited: terms.limits.of_open(),
            slots: vec![Transaction::default(); slots],
            done: Vec::with_capacity(events / 2),
            events: 0,
            before: members.then(|| vec![Default::default()]),
            open: Open::default(),
            evicted: 0,
        }
    }

    pub(super) fn new_slot(&mut self) -> usize {
        self.slots.push(Transaction::default());
        self.slots.len() - 1
    }

    pub(super) fn is_open(&self, slot: usize) -> bool {
        self.slots[slot].events > 0
    }

    /// The number of the last event of the slot's transaction.
    pub(super) fn last_used(&self, slot: usize) -> u32 {
        self.slots[slot].oldest
    }

    /// Whether the slot's transaction can take the event; if not it is over.
    pub(super) fn fits(&self, slot: usize, event: &Event) -> bool {
        let open = &self.slots[slot];
        open.events == 0 || self.takes(open, event)
    }

    #[inline]
    fn takes(&self, open: &Transaction, event: &Event) -> bool {
        // A last event belongs to a transaction of its own, unless it is the first of one that has its last.
        let ends = event.ends & self.terms.needs_end & !(event.starts & (open.marks & END != 0));
        !(self.expired(open, event.time) | ends)
    }

    #[inline]
    fn expired(&self, open: &Transaction, time: f64) -> bool {
        (open.latest - time > self.span) | (open.earliest - time > self.pause)
    }

    /// Adds the event to the slot's transaction. Another one begins with it if none is open, or if the event does not fit.
    #[inline]
    pub(super) fn add(&mut self, slot: usize, event: &Event) {
        let grows = self.slots[slot].events > 0 && self.takes(&self.slots[slot], event);
        if !grows {
            self.close(slot);
        }
        self.events += 1;
        let open = &mut self.slots[slot];
        if !grows {
            open.latest = event.time;
        }
        if let Some(list) = &mut self.before {
            list.push((open.oldest, event.pick));
        }
        open.earliest = event.time;
        open.place = event.place;
        open.oldest = self.events;
        open.events += 1;
        open.matches += event.matches;
        open.marks |= event.marks();
        let over = event.starts & self.terms.needs_start | (open.events >= self.max_events);
        if self.limited {
            self.open.transactions += usize::from(!grows);
            self.open.events += 1;
        }
        if over {
            open.marks |= OVER;
            self.close(slot);
        } else if self.limited {
            self.open.used.push_back((self.events, slot));
            self.evict(event.time);
        }
    }

    /// Gives up those not used for longest, as long as too many are open.
    fn evict(&mut self, now: f64) {
        let limits = &self.terms.limits;
        let most = |limit: Option<Option<usize>>| limit.flatten().unwrap_or(usize::MAX);
        let (transactions, events) = (most(limits.open_transactions), most(limits.open_events));
        while self.open.transactions > transactions || self.open.events > events {
            let Some((event, slot)) = self.open.used.pop_front() else { return };
            let open = self.slots[slot];
            if open.events == 0 || open.oldest != event {
                continue;
            }
            if !self.expired(&open, now) {
                self.slots[slot].marks |= EVICTED;
                self.evicted += 1;
            }
            self.close(slot);
        }
    }

    /// Ends the slot's transaction, if there is one.
    #[inline]
    pub(super) fn close(&mut self, slot: usize) {
        let open = &mut self.slots[slot];
        if open.events == 0 {
            return;
        }
        if self.limited {
            self.open.transactions -= 1;
            self.open.events -= open.events as usize;
        }
        self.done.push(*open);
        *open = Transaction::default();
    }

    /// Ends everything that is open, for there are no more events: the transactions that are given, by the place of their oldest event.
    pub(super) fn given(&mut self) -> Vec<Transaction> {
        (0..self.slots.len()).for_each(|slot| self.close(slot));
        let mut given = std::mem::take(&mut self.done);
        if !self.terms.keep_evicted {
            given.retain(|t| t.marks & EVICTED == 0 && self.complete(t));
        }
        by_oldest(&given, self.events as usize + 1)
    }

    /// Batch and row of each event that was added, by its number; there is none with number 0. Empty when not asked for.
    pub(super) fn picks(&self) -> impl ExactSizeIterator<Item = (u32, u32)> {
        self.before.as_deref().unwrap_or_default().iter().map(|(_, pick)| *pick)
    }

    /// The numbers of a transaction's events with their batches and rows, oldest first.
    pub(super) fn members(&self, transaction: &Transaction) -> impl Iterator<Item = (u32, (u32, u32))> {
        let list = self.before.as_deref().unwrap_or_default();
        let mut next = transaction.oldest;
        std::iter::from_fn(move || {
            let number = next;
            let (before, pick) = *list.get(number as usize).filter(|_| number != 0)?;
            next = before;
            Some((number, pick))
        })
    }

    fn complete(&self, transaction: &Transaction) -> bool {
        let has = |mark: u8| transaction.marks & mark != 0;
        (!self.terms.needs_start || has(START)) && (!self.terms.needs_end || has(END))
    }

    /// What becomes of `closed_txn`.
    pub(super) fn closed(&self, transaction: &Transaction) -> bool {
        let Terms { limits, needs_start, needs_end, .. } = self.terms;
        let over = limits.span.is_some()
            || limits.pause.is_some()
            || limits.events.is_some()
            || needs_start
            || needs_end
            // Without any condition none is ever closed, but all are given.
            || transaction.marks & OVER != 0;
        over && transaction.marks & EVICTED == 0 && self.complete(transaction)
    }
}

impl Event {
    fn marks(&self) -> u8 {
        (if self.starts { START } else { 0 }) | (if self.ends { END } else { 0 })
    }
}

/// Transactions by their oldest events, whose numbers are less than `events`.
fn by_oldest(transactions: &[Transaction], events: usize) -> Vec<Transaction> {
    // A bit for each number that is some transaction's; the bits before it are its rank.
    let mut numbers = vec![0u64; events.div_ceil(64)];
    transactions.iter().for_each(|t| numbers[t.oldest as usize / 64] |= 1 << (t.oldest % 64));
    let mut before = 0;
    let add = |word: &u64| {
        before += word.count_ones();
        before - word.count_ones()
    };
    let starts: Vec<u32> = numbers.iter().map(add).collect();
    let mut sorted = vec![Transaction::default(); transactions.len()];
    for transaction in transactions {
        let (word, bit) = (transaction.oldest as usize / 64, transaction.oldest % 64);
        let rank = starts[word] + (numbers[word] & ((1 << bit) - 1)).count_ones();
        sorted[rank as usize] = *transaction;
    }
    sorted
}
