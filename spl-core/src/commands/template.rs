//! Pipelines with places in them that are filled with text before they are planned: those of `foreach` and `map`.

use crate::syntax::ast::{Pipeline, Stage, StageKind, Token, TokenKind};

/// Says what is to stand in the place of a token.
pub(super) type Fill<'a> = &'a dyn Fn(&[Token], usize) -> Option<String>;

/// The text of a pipeline in which tokens are replaced: `fill` is given the tokens of a command and the place of one, and says
/// what is to stand there, if anything else. Subsearches inside are filled too.
pub(super) fn filled(pipeline: &Pipeline, fill: Fill<'_>) -> String {
    crate::syntax::print(&filled_pipeline(pipeline, fill))
}

fn filled_pipeline(pipeline: &Pipeline, fill: Fill<'_>) -> Pipeline {
    let stages = pipeline.stages.iter().map(|stage| match &stage.kind {
        StageKind::Command { name, args } => {
            let token = |(index, token): (usize, &Token)| match &token.kind {
                TokenKind::Subsearch(inner) => {
                    let kind = TokenKind::Subsearch(Box::new(filled_pipeline(inner, fill)));
                    Token { kind, ..token.clone() }
                }
                _ => match fill(args, index) {
                    // A word is printed as it stands.
                    Some(text) => Token { kind: TokenKind::Word(text), ..token.clone() },
                    None => token.clone(),
                },
            };
            let args = args.iter().enumerate().map(token).collect();
            Stage { kind: StageKind::Command { name: name.clone(), args }, span: stage.span }
        }
        StageKind::Macro(_) => stage.clone(),
    });
    Pipeline { stages: stages.collect(), span: pipeline.span }
}

/// Text between double quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Text as it stands between double quotes.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
