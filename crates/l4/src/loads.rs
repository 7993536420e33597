//! How many flows every backend has.

use switchlab_balance::Load;

use crate::flow::Assigned;

/// The flows of all backends, counted where they come and go.
#[derive(Debug, Default)]
pub(crate) struct Loads {
    /// By place of the service, then of the backend.
    services: Vec<Vec<Load>>,
}

impl Loads {
    /// What the backends of a service have; who is not in there has nothing.
    pub(crate) fn of(&self, service: usize) -> &[Load] {
        self.services.get(service).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn enter(&mut self, assigned: Assigned, is_active: bool) {
        *self.count(assigned, is_active) += 1;
    }

    /// A flow that entered is gone, or another one now.
    pub(crate) fn leave(&mut self, assigned: Assigned, is_active: bool) {
        *self.count(assigned, is_active) -= 1;
    }

    fn count(&mut self, assigned: Assigned, is_active: bool) -> &mut u64 {
        let (service, backend) = (assigned.service, assigned.backend.index());
        if self.services.len() <= service {
            self.services.resize_with(service + 1, Vec::new);
        }
        let loads = &mut self.services[service];
        if loads.len() <= backend {
            loads.resize(backend + 1, Load::default());
        }
        let Load { active, inactive } = &mut loads[backend];
        if is_active { active } else { inactive }
    }
}
