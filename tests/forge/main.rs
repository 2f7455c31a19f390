//! The forge: pull requests on a scripted GitHub behind the real `gh`, and merges on this machine with the real git.

mod acts;
mod checkouts;
mod looks;
mod lossless;
mod merges;
mod own_gh;
mod person;
mod places;
mod pushes;
mod scripted;
mod troubles;
