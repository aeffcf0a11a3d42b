//! Which fields a search groups by, as far as its text says: [`keys`].

use spl_core::Engine;
use spl_core::syntax::ast::{Pipeline, StageKind, TokenKind};

/// The fields by which the last reporting command of a search groups, in no particular order; none where no command says so.
pub(crate) fn keys(engine: &Engine, text: &str) -> Vec<String> {
    // A search that is wrong has been told so by whoever ran it.
    let pipeline = engine.expand(text).and_then(|expanded| engine.parse(&expanded.text));
    pipeline.map(|pipeline| of_pipeline(&pipeline)).unwrap_or_default()
}

fn of_pipeline(pipeline: &Pipeline) -> Vec<String> {
    let mut fields = Vec::new();
    for stage in &pipeline.stages {
        let StageKind::Command { name, args } = &stage.kind else { continue };
        let mut taken = match name.node.as_str() {
            "top" | "rare" => true,
            "stats" | "chart" | "timechart" | "tstats" | "mstats" => false,
            // The new names stand beside the old ones.
            "rename" => {
                let words: Vec<&str> = args.iter().filter_map(|token| word(&token.kind)).collect();
                for pair in words.windows(3).filter(|words| words[1].eq_ignore_ascii_case("as")) {
                    if fields.iter().any(|field| field == pair[0]) {
                        fields.push(pair[2].to_owned());
                    }
                }
                continue;
            }
            _ => continue,
        };
        fields.clear();
        let mut rest = args.iter().peekable();
        while let Some(token) = rest.next() {
            let Some(word) = word(&token.kind) else { continue };
            let is_option = matches!(rest.peek().map(|next| &next.kind), Some(TokenKind::Punct(sign)) if sign == "=");
            if is_option {
                // `limit=5`
                rest.nth(1);
            } else if ["by", "over"].iter().any(|clause| word.eq_ignore_ascii_case(clause)) {
                taken = true;
            } else if taken {
                fields.push(word.to_owned());
            }
        }
    }
    fields
}

fn word(kind: &TokenKind) -> Option<&str> {
    match kind {
        TokenKind::Word(text) | TokenKind::SingleQuoted(text) | TokenKind::Quoted { text, .. } => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_by_and_over() {
        let engine = Engine::builder().build().unwrap();
        for (text, wanted) in [
            ("a | stats count AS n BY host, \"user name\"", &["host", "user name"][..]),
            ("a | top limit=5 uri", &["uri"]),
            ("a | chart limit=3 avg(x) over host by status", &["host", "status"]),
            ("a | stats count by x | stats count by y | sort - y", &["y"]),
            ("a | stats count by x | rename x AS z", &["x", "z"]),
            ("a | head 5", &[]),
            ("a | nosuch", &[]),
        ] {
            assert_eq!(keys(&engine, text), wanted, "{text}");
        }
    }
}
