//! Patterns that were compiled lately. Searches run again and again (a console, a schedule, rules that share a macro), and compiling an expression
//! can take longer than all other planning.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::Pattern;
use crate::error::Result;

/// How many are kept.
const MOST: usize = 32;

static RECENT: Mutex<VecDeque<Pattern>> = Mutex::new(VecDeque::new());

/// The pattern of a text, compiled if it was not lately.
pub(super) fn or_compile(text: &str, compile: impl FnOnce() -> Result<Pattern>) -> Result<Pattern> {
    if let Some(known) = known(text) {
        return Ok(known);
    }
    let pattern = compile()?;
    let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    recent.truncate(MOST - 1);
    recent.push_front(pattern.clone());
    Ok(pattern)
}

fn known(text: &str) -> Option<Pattern> {
    let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    let at = recent.iter().position(|pattern| &*pattern.text == text)?;
    let pattern = recent.remove(at)?;
    recent.push_front(pattern.clone());
    Some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Span;

    #[test]
    fn every_text_has_its_own_pattern_however_many_there_are() {
        let texts: Vec<String> = (0..3 * MOST).map(|n| format!("^n{n}(x|y)$")).collect();
        // Forwards and, so that some are known, backwards.
        for text in texts.iter().chain(texts.iter().rev()) {
            let pattern = Pattern::compile(text, Span::new(0, text.len()));
            let asked: Vec<bool> = (0..3 * MOST)
                .map(|n| pattern.as_ref().is_ok_and(|pattern| pattern.is_match(&format!("n{n}y")) == Ok(true)))
                .collect();
            let own: Vec<bool> = texts.iter().map(|other| other == text).collect();
            assert_eq!(asked, own);
        }
        let wrong = || Pattern::compile("(x", Span::new(0, 2));
        assert!(wrong().is_err() && wrong().is_err());
    }
}
