#include "viewer/gl/image_upload.h"

#include <utility>

#include "common/base/clock.h"

namespace slicecast::viewer::gl {
namespace {

// Up to here the copy takes less than waking another thread for it.
constexpr std::size_t kSmallBytes = std::size_t{1} << 20;

}  // namespace

UploadBudget::UploadBudget(double milliseconds)
    : start_ns_(steady_now_ns()), limit_ns_(static_cast<std::int64_t>(1e6 * milliseconds)) {}

bool UploadBudget::spent() const {
  return steady_now_ns() - start_ns_ >= limit_ns_;
}

double UploadBudget::used_ms() const {
  return 1e-6 * static_cast<double>(steady_now_ns() - start_ns_);
}

void ImageUpload::want(SliceVersionPtr image) {
  const bool there = uploading_ ? image == uploading_ : image == shown_;
  waiting_ = there ? nullptr : std::move(image);
}

bool ImageUpload::take_finished() {
  if (!textures_.finished()) return false;
  shown_ = std::exchange(uploading_, nullptr);
  return true;
}

bool ImageUpload::advance(const UploadBudget& budget, UploadThread& thread) {
  bool replaced = take_finished();
  if (uploading_ || !waiting_) return replaced;
  uploading_ = std::exchange(waiting_, nullptr);
  const TextureSize size{uploading_->columns(), uploading_->rows()};
  const auto* values = uploading_->pixels->as<float>();
  if (size.bytes() <= kSmallBytes && !budget.spent())
    textures_.write_here(size, values);
  else
    textures_.write(size, values, uploading_, thread);
  replaced = take_finished() || replaced;
  return replaced;
}

}  // namespace slicecast::viewer::gl
