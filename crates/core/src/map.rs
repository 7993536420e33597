//! A hash map whose history is the same in every run.

/// A hash map with a fixed, fast hasher and no random seed.
///
/// Its order of iteration is an accident of capacity and history: it may reach no output, no trace
/// and no random draw. Look up, insert, remove; where an order is needed, keep one or sort.
/// The hasher is not made to withstand keys chosen by an enemy: bound the size of tables that
/// frames can fill.
pub type FixedMap<K, V> = hashbrown::HashMap<K, V, rustc_hash::FxBuildHasher>;
