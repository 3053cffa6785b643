// When the device that computes fails: what it held is gone, what is on show stays until the window
// has come again.
#include <utility>

#include "services/slice/work.h"

namespace slicecast::slice {

Engine::ComputingPtr Engine::computing_on(const recon::Backend& backend) {
  return std::make_shared<const Computing>(Computing{&backend, backend.make_backproject()});
}

Engine::ComputingPtr Engine::computing() const {
  std::lock_guard lock(mutex_);
  return computing_;
}

const recon::Backend& Engine::backend() const {
  return *computing()->backend;
}

bool Engine::usable(const recon::Backend& used) {
  if (!used.failure()) return true;
  replace(used);
  return false;
}

void Engine::replace(const recon::Backend& failed) {
  if (computing()->backend != &failed) return;
  const ComputingPtr next =
      options_.replacement ? computing_on(options_.replacement(failed)) : nullptr;
  std::unique_ptr<Window> lost, lost_incoming;  // let go of outside of the lock
  std::unique_lock lock(mutex_);
  if (computing_->backend != &failed) return;  // another thread was first
  lost = std::exchange(window_, std::make_unique<Window>(stream_.rules, window_->revision()));
  lost_incoming = std::exchange(incoming_, nullptr);
  if (next) {
    computing_ = next;
    restoring_ = has_scan_;
    if (restoring_) incoming_ = std::make_unique<Window>(stream_.rules, window_->revision());
  } else {
    has_scan_ = false;
  }
  forget_images();
  signal();
  lock.unlock();
  // Not before: the first of them would still meet the device.
  if (next && options_.ask_again) options_.ask_again();
}

void Engine::restored() {
  std::lock_guard lock(mutex_);
  if (restoring_) adopt_incoming();
}

}  // namespace slicecast::slice
