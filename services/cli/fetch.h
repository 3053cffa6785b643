// One image or slab from a slice server: ReconstructOnce on the control link, the pixels from the
// feed.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/base/buffer.h"
#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/geometry/plane.h"
#include "common/wire/feed.h"
#include "services/cli/client.h"

namespace slicecast::cli {

struct FetchedImage {
  v1::SliceImage header;
  int planes = 1, rows = 0, columns = 0;
  ConstBufferPtr pixels;  // float32, [planes][rows][columns]
  ImageView<const float> plane(int index) const;
};

class SliceFetcher {
 public:
  static Result<std::unique_ptr<SliceFetcher>> create(Client& client, const v1::Service& service);
  // `plane_step` only matters for planes > 1. The image is the newest the server can make;
  // one without any projection in it is an error.
  Result<FetchedImage> fetch(const geometry::Pose& pose, int rows, int columns, int planes,
                             geometry::Vec3 plane_step, std::chrono::milliseconds deadline);
  // What the scan can see, from a one-pixel slice.
  Result<v1::FieldOfView> field_of_view(std::chrono::milliseconds deadline);
  // Of the newest image: "px" when the scan has no pixel size and lengths count pixels, else "mm".
  const char* length_unit() const { return length_unit_; }

 private:
  SliceFetcher() = default;
  Result<FetchedImage> receive(const std::string& key, std::chrono::milliseconds deadline);

  std::unique_ptr<wire::ControlClient> control_;
  std::unique_ptr<wire::FeedConsumer> feed_;
  std::chrono::milliseconds request_deadline_{2000};
  int requests_ = 0;
  const char* length_unit_ = "mm";
};

// The float pixels of a feed message as [planes][rows][columns], or why it cannot be read.
Result<FetchedImage> image_of(const wire::FeedMessage& message);

// "filling, mixed, stale": the marks that say what to think of an image; empty when there are none.
std::string marks_text(const v1::SliceImage& header);

}  // namespace slicecast::cli
