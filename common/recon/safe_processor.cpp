#include "common/recon/safe_processor.h"

#include <mutex>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace slicecast::recon {
namespace {

class SafeProcessor final : public Processor {
 public:
  struct On {
    const Backend* backend = nullptr;
    std::shared_ptr<const Processor> processor;
  };

  SafeProcessor(const FallbackBackend& backend, ProcessDesc desc, On on)
      : backend_(backend),
        desc_(std::move(desc)),
        layout_(on.processor->layout()),
        line_rows_(on.processor->line_rows()),
        line_columns_(on.processor->line_columns()),
        on_(std::move(on)) {}

  const ProcessedLayout& layout() const override { return layout_; }
  int line_rows() const override { return line_rows_; }
  int line_columns() const override { return line_columns_; }

  ProcessCounts filter(const void* raw, double angle_rad, ImageView<float> out) const override {
    return finished([&](const Processor& p) { return p.filter(raw, angle_rad, out); });
  }
  ProcessCounts line_integrals(const void* raw, ImageView<float> out) const override {
    return finished([&](const Processor& p) { return p.line_integrals(raw, out); });
  }
  std::optional<HalfFrame> filter_half(const void* raw, double angle_rad, float scale,
                                       ImageView<std::uint16_t> out,
                                       SharedImage* shared) const override {
    return finished(
        [&](const Processor& p) { return p.filter_half(raw, angle_rad, scale, out, shared); });
  }

 private:
  template <class Step>
  std::invoke_result_t<Step, const Processor&> finished(Step step) const {
    for (;;) {
      const On on = usable();
      const auto counts = step(*on.processor);
      if (backend_.intact(*on.backend)) return counts;
    }
  }

  On usable() const {
    std::lock_guard lock(mutex_);
    const Backend& current = backend_.current();
    if (on_.backend == &current) return on_;
    auto made = current.make_processor(desc_);
    // The same descriptor was valid for the device; no backend refuses what validate() accepts.
    if (!made) throw std::logic_error(made.error().message);
    on_ = {&current, *std::move(made)};
    return on_;
  }

  const FallbackBackend& backend_;
  const ProcessDesc desc_;
  const ProcessedLayout layout_;
  const int line_rows_, line_columns_;
  mutable std::mutex mutex_;
  mutable On on_;
};

}  // namespace

Result<std::unique_ptr<Processor>> make_safe_processor(const FallbackBackend& backend,
                                                       const ProcessDesc& desc) {
  for (;;) {
    const Backend& current = backend.current();
    auto made = current.make_processor(desc);
    if (!backend.intact(current)) continue;
    if (!made) {
      if (auto valid = validate(desc); !valid) return valid.error();
      if (current.name() != "cuda") return made.error();
      // Rows too long for it, or too little memory for these: for the card alone.
      backend.give_up(current, made.error().message);
      continue;
    }
    SafeProcessor::On on{&current, *std::move(made)};
    return std::unique_ptr<Processor>(
        std::make_unique<SafeProcessor>(backend, desc, std::move(on)));
  }
}

}  // namespace slicecast::recon
