//! Metrics of a service, as Prometheus reads them.

use std::collections::HashMap;

/// Sums of the metrics of a service over their labels.
#[derive(Debug)]
pub struct Metrics(HashMap<String, f64>);

impl Metrics {
    /// Reads the text format.
    pub fn read(text: &str) -> Self {
        let mut sums = HashMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let name = series.split('{').next().unwrap_or_default();
            *sums.entry(name.to_owned()).or_default() += value.parse().unwrap_or(0.0);
        }
        Self(sums)
    }

    /// Returns the sum of a metric over its labels; 0 if it was never counted.
    pub fn sum(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or(0.0)
    }

    /// Returns the mean of a histogram since `before`.
    pub fn mean_since(&self, before: &Self, name: &str) -> f64 {
        let growth = |suffix: &str| {
            let series = format!("{name}_{suffix}");
            self.sum(&series) - before.sum(&series)
        };
        growth("sum") / growth("count").max(1.0)
    }
}
