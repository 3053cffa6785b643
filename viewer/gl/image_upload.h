// A float image on the graphics card that is replaced as a whole: small ones at once, large ones by
// the upload thread. A newer image waits until the one under way is there, else none ever would be;
// only the newest waits. UI thread, context current.
#pragma once

#include <cstddef>
#include <cstdint>

#include "viewer/gl/texture_pair.h"
#include "viewer/model/slice_version.h"

namespace slicecast::viewer::gl {

// Up to here a copy takes less than waking another thread for it.
inline constexpr std::size_t kSmallBytes = std::size_t{1} << 20;

// Time that copies on the UI thread may still take in this frame.
class UploadBudget {
 public:
  explicit UploadBudget(double milliseconds);
  bool spent() const;
  double used_ms() const;

 private:
  std::int64_t start_ns_, limit_ns_;
};

class ImageUpload {
 public:
  // Pixels must be float32 [rows, columns].
  void want(SliceVersionPtr image);
  // Takes what has arrived and starts what waits. True: another image has come to the front.
  bool advance(const UploadBudget& budget, UploadThread& thread);
  bool busy() const { return uploading_ != nullptr || waiting_ != nullptr; }

  // The steps of advance(), for who decides when an image comes to the front.
  void begin(const UploadBudget& budget, UploadThread& thread);
  bool ready() const { return textures_.ready(); }
  bool take_finished();

  const SliceVersionPtr& shown() const { return shown_; }  // null: none yet
  const SliceVersionPtr& uploading() const { return uploading_; }
  const SliceVersionPtr& waiting() const { return waiting_; }
  GLuint texture() const { return textures_.front(); }

 private:
  TexturePair textures_{GL_TEXTURE_2D};
  SliceVersionPtr shown_, uploading_, waiting_;
};

}  // namespace slicecast::viewer::gl
