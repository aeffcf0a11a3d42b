//! Work on several cores in steps of a few microseconds, of which a search of some milliseconds has many. A core without work soon sleeps, and
//! to wake it takes 20 µs: as long as it takes to look at 100,000 values. While a search runs, the cores stay [`awake`], and the one that is done
//! with a step first waits for the others without sleeping ([`each`]).

use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Events that are worth it.
const MANY: u64 = 1 << 15;
/// A core that has had nothing to do for so long may sleep after all.
const PATIENCE: Duration = Duration::from_micros(500);
/// More cores than these have to be woken.
const CORES: usize = 8;

thread_local! {
    /// Whether this core has a search to carry out, or stays awake for one.
    static ENGAGED: Cell<bool> = const { Cell::new(false) };
}

/// Sets [`ENGAGED`] back in the end.
struct Engaged(bool);

impl Engaged {
    fn now() -> Self {
        Engaged(ENGAGED.replace(true))
    }
}

impl Drop for Engaged {
    fn drop(&mut self) {
        ENGAGED.set(self.0);
    }
}

/// Carries out a search over so many events.
pub(crate) fn awake<T: Send>(events: u64, run: impl FnOnce() -> T + Send) -> T {
    let others = rayon::current_num_threads().min(CORES) - 1;
    if others == 0 || events < MANY {
        return run();
    }
    let done = AtomicBool::new(false);
    rayon::scope(|scope| {
        let _engaged = Engaged::now();
        for _ in 0..others {
            // Only for cores that have nothing else to do: not the own one, nor one that is in the middle of another search.
            scope.spawn(|_| {
                if !ENGAGED.get() {
                    let _engaged = Engaged::now();
                    wait(|| done.load(Ordering::Relaxed));
                }
            });
        }
        let result = run();
        done.store(true, Ordering::Relaxed);
        result
    })
}

/// Does something with each item, on all cores. What is made keeps their order.
pub(crate) fn each<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = rayon::current_num_threads().min(items.len());
    if cores < 2 {
        return items.into_iter().map(work).collect();
    }
    let items: Vec<Mutex<Step<T, R>>> = items.into_iter().map(|item| Mutex::new(Step::Open(item))).collect();
    // A core begins with its share, which it has perhaps still at hand from the step before, and goes on with what others have left.
    let bounds = |core: usize| core * items.len() / cores;
    let next: Vec<AtomicUsize> = (0..cores).map(|core| AtomicUsize::new(bounds(core))).collect();
    let take_share = |core: usize| loop {
        let place = next[core].fetch_add(1, Ordering::Relaxed);
        if place >= bounds(core + 1) {
            return;
        }
        // Nobody else has this one.
        let mut step = items[place].lock().unwrap_or_else(PoisonError::into_inner);
        if let Step::Open(item) = std::mem::replace(&mut *step, Step::Taken) {
            *step = Step::Done(work(item));
        }
    };
    let take = |own: usize| (own..cores).chain(0..own).for_each(take_share);
    let open = AtomicUsize::new(cores - 1);
    rayon::scope(|scope| {
        let (take, open) = (&take, &open);
        for core in 1..cores {
            scope.spawn(move |_| {
                take(core);
                open.fetch_sub(1, Ordering::Release);
            });
        }
        take(0);
        wait(|| open.load(Ordering::Acquire) == 0);
    });
    let done = |step: Mutex<Step<T, R>>| match step.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Step::Done(result) => Some(result),
        Step::Open(_) | Step::Taken => None,
    };
    items.into_iter().filter_map(done).collect()
}

/// What there is of an item.
enum Step<T, R> {
    Open(T),
    Taken,
    Done(R),
}

/// Does what there is to do until something is so, or nothing has come up for long.
fn wait(until: impl Fn() -> bool) {
    let mut idle = Instant::now();
    while !until() {
        if let Some(rayon::Yield::Executed) = rayon::yield_now() {
            idle = Instant::now();
        } else if idle.elapsed() > PATIENCE {
            return;
        } else {
            spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
    }

    #[test]
    fn what_is_made_keeps_the_order_of_the_items() {
        for threads in [1, 2, 5] {
            for items in [0, 1, 2, 3, 7, 100, 1_001] {
                let squares: Vec<usize> =
                    on(threads, || awake(MANY, || each((0..items).collect(), |item| item * item)));
                assert_eq!(squares, (0..items).map(|item| item * item).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn steps_within_steps_end() {
        let of = |outer: usize| each((0..50).collect(), |inner: usize| outer * inner).into_iter().sum::<usize>();
        let search = || awake(MANY, || each((0..40).collect(), of));
        // Searches beside one another have the same cores.
        let (a, b) = on(3, || rayon::join(search, search));
        assert_eq!(a, (0..40).map(|outer| outer * 1_225).collect::<Vec<_>>());
        assert_eq!(a, b);
    }

    #[test]
    fn a_panic_reaches_who_asked() {
        let fails = || awake(MANY, || each((0..9).collect(), |item: u32| assert_ne!(item, 7)));
        assert!(std::panic::catch_unwind(|| on(2, fails)).is_err());
    }
}
