//! Where the lines of earlier sessions are kept: the user's folder for state, as the XDG base directories have it.

use std::env;
use std::path::PathBuf;

/// The file, its folder made; none where the user has no folder for it.
pub(super) fn file() -> Option<PathBuf> {
    let folder = state_folder()?.join("spl");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

fn state_folder() -> Option<PathBuf> {
    let given = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    given("XDG_STATE_HOME")
        .or_else(|| given("LOCALAPPDATA"))
        .or_else(|| given("HOME").map(|home| home.join(".local").join("state")))
}
