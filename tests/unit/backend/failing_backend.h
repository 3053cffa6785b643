// A backend for tests that computes as cpu does, on images that cpu cannot read, until it is told
// to fail; from then on its results are wrong, as those of a card that is lost.
#pragma once

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/recon/backend.h"

namespace slicecast::recon::testing {

// What the test decides, and sees.
struct Card {
  std::atomic<bool> lost{false};
  std::atomic<int> calls_left{std::numeric_limits<int>::max()};  // then it is lost in the call
  std::atomic<int> batches{0}, largest_batch{0}, demands{0};
  std::atomic<std::size_t> updates_per_call{0};
  std::size_t store_limit = 0;

  // Whether a call still works.
  bool works() {
    if (--calls_left < 0) lost = true;
    return !lost;
  }
};

class CardImage final : public StoredImage {
 public:
  explicit CardImage(StoredImagePtr on_cpu)
      : StoredImage(on_cpu->rows(), on_cpu->columns(), on_cpu->type(), on_cpu->scale()),
        on_cpu_(std::move(on_cpu)) {}
  std::size_t bytes() const override { return on_cpu_->bytes(); }
  float value(int row, int column) const override { return on_cpu_->value(row, column); }
  const StoredImagePtr& on_cpu() const { return on_cpu_; }

 private:
  StoredImagePtr on_cpu_;
};

class CardBackproject final : public Backproject {
 public:
  CardBackproject(Card& card, std::unique_ptr<Backproject> cpu)
      : card_(card), cpu_(std::move(cpu)) {}

  void accumulate(const geometry::PointGrid& grid, int plane, int row_begin, int row_end,
                  std::span<const Term> terms, ImageView<float> out) const override {
    std::vector<Term> unwrapped(terms.begin(), terms.end());
    for (Term& term : unwrapped)
      if (term.image) term.image = dynamic_cast<const CardImage&>(*term.image).on_cpu();
    if (!card_.works())
      for (int r = row_begin; r < row_end; ++r)
        std::ranges::fill(out.row(r), std::numeric_limits<float>::quiet_NaN());
    cpu_->accumulate(grid, plane, row_begin, row_end, unwrapped, out);
  }
  void accumulate_batch(std::span<const Piece> pieces, Urgency urgency) const override {
    ++card_.batches;
    const int size = static_cast<int>(pieces.size());
    int largest = card_.largest_batch.load();
    while (size > largest && !card_.largest_batch.compare_exchange_weak(largest, size)) {
    }
    if (urgency == Urgency::demand) ++card_.demands;
    Backproject::accumulate_batch(pieces, urgency);
  }
  int tile_rows(const geometry::PointGrid& grid, std::size_t terms) const override {
    return cpu_->tile_rows(grid, terms);
  }
  int tile_planes(const geometry::PointGrid& grid, std::size_t terms) const override {
    return tile_rows(grid, terms) == grid.rows ? std::min(grid.planes, 3) : 1;
  }
  std::size_t updates_per_call() const override { return card_.updates_per_call.load(); }

 private:
  Card& card_;
  std::unique_ptr<Backproject> cpu_;
};

class CardProcessor final : public Processor {
 public:
  CardProcessor(Card& card, std::unique_ptr<Processor> cpu) : card_(card), cpu_(std::move(cpu)) {}
  const ProcessedLayout& layout() const override { return cpu_->layout(); }
  int line_rows() const override { return cpu_->line_rows(); }
  int line_columns() const override { return cpu_->line_columns(); }
  ProcessCounts filter(const void* raw, double angle_rad, ImageView<float> out) const override {
    const auto counts = cpu_->filter(raw, angle_rad, out);
    spoil(out);
    return counts;
  }
  ProcessCounts line_integrals(const void* raw, ImageView<float> out) const override {
    const auto counts = cpu_->line_integrals(raw, out);
    spoil(out);
    return counts;
  }

 private:
  void spoil(ImageView<float> out) const {
    if (!card_.works()) out(0, 0) = std::numeric_limits<float>::quiet_NaN();
  }

  Card& card_;
  std::unique_ptr<Processor> cpu_;
};

// `card` must outlive the backend.
class FailingBackend final : public Backend {
 public:
  explicit FailingBackend(Card& card) : card_(card), cpu_(**find_backend("cpu")) {}

  std::string_view name() const override { return "cuda"; }
  std::string description() const override { return "cuda (a card that fails)"; }
  std::optional<Error> failure() const override {
    if (!card_.lost) return std::nullopt;
    return Error{Errc::unavailable, "the card was lost; restart this program when it is back"};
  }
  std::size_t store_limit() const override { return card_.store_limit; }

  StoredImagePtr store(ImageView<const float> filtered, StoreType type, float scale,
                       std::atomic<std::uint64_t>* clipped) const override {
    if (!card_.works()) return nullptr;
    return wrapped(cpu_.store(filtered, type, scale, clipped));
  }
  StoredImagePtr store_half(ImageView<const std::uint16_t> bits, StoreType type,
                            float scale) const override {
    if (!card_.works()) return nullptr;
    return wrapped(cpu_.store_half(bits, type, scale));
  }
  StoredImagePtr halve(const StoredImage& image) const override {
    if (!card_.works()) return nullptr;
    return wrapped(cpu_.halve(*dynamic_cast<const CardImage&>(image).on_cpu()));
  }
  std::unique_ptr<Backproject> make_backproject() const override {
    return std::make_unique<CardBackproject>(card_, cpu_.make_backproject());
  }
  Result<std::unique_ptr<Processor>> make_processor(const ProcessDesc& desc) const override {
    auto made = cpu_.make_processor(desc);
    if (!made) return made.error();
    return std::unique_ptr<Processor>(std::make_unique<CardProcessor>(card_, *std::move(made)));
  }

 private:
  static StoredImagePtr wrapped(StoredImagePtr image) {
    return std::make_shared<const CardImage>(std::move(image));
  }

  Card& card_;
  const Backend& cpu_;
};

}  // namespace slicecast::recon::testing
