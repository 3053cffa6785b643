#include "services/source/cached_content.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace slicecast::source {
namespace {

class CachedContent final : public ScanContent {
 public:
  CachedContent(std::unique_ptr<ScanContent> content, std::vector<ConstBufferPtr> images)
      : content_(std::move(content)), images_(std::move(images)) {}

  const ingest::ScanInfo& scan() const override { return content_->scan(); }
  std::uint64_t projections() const override { return content_->projections(); }
  bool repeats() const override { return content_->repeats(); }
  double pass_arc_rad() const override { return content_->pass_arc_rad(); }
  std::uint64_t darks() const override { return content_->darks(); }
  std::uint64_t flats() const override { return content_->flats(); }
  double angle_of(std::uint64_t index) const override { return content_->angle_of(index); }
  std::uint64_t id_of(std::uint64_t index) const override { return content_->id_of(index); }
  std::uint64_t ids() const override { return content_->ids(); }
  std::optional<geometry::Matrix34> matrix_of(std::uint64_t index) const override {
    return content_->matrix_of(index);
  }

  Result<ConstBufferPtr> image(ingest::FrameKind kind, std::uint64_t index) override {
    if (kind != ingest::FrameKind::projection) return content_->image(kind, index);
    if (!content_->repeats()) return images_[index % images_.size()];
    if (index < images_.size()) return images_[index];
    return content_->image(kind, index);
  }

 private:
  std::unique_ptr<ScanContent> content_;
  std::vector<ConstBufferPtr> images_;
};

Result<void> check_whole_turns(const ScanContent& content, std::uint64_t count, Order order) {
  if (order == Order::interlaced || order == Order::golden) {
    return Error{Errc::invalid_argument,
                 "pre_render repeats whole turns; use order sequential or shuffled with it"};
  }
  const double per_turn =
      2 * std::numbers::pi / content.pass_arc_rad() * static_cast<double>(content.projections());
  const double whole = std::round(per_turn);
  if (std::abs(per_turn - whole) > 1e-9 * per_turn || whole < 1) {
    return Error{Errc::invalid_argument,
                 "pre_render needs a whole number of projections per turn; change projections"};
  }
  const auto turn = static_cast<std::uint64_t>(whole);
  if (count % turn != 0) {
    return Error{Errc::invalid_argument,
                 "pre_render must be whole turns; give a multiple of " + std::to_string(turn)};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ScanContent>> make_cached_content(std::unique_ptr<ScanContent> content,
                                                         std::uint64_t count, Order order) {
  if (count == 0) return content;
  if (content->repeats()) {
    count = std::min(count, content->projections());
  } else if (auto whole = check_whole_turns(*content, count, order); !whole) {
    return whole.error();
  }
  std::vector<ConstBufferPtr> images;
  images.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    auto image = content->image(ingest::FrameKind::projection, i);
    if (!image) return image.error();
    images.push_back(*std::move(image));
  }
  return std::unique_ptr<ScanContent>(
      std::make_unique<CachedContent>(std::move(content), std::move(images)));
}

}  // namespace slicecast::source
