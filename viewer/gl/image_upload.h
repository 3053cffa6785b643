// A float image on the graphics card that is replaced without stalling the UI thread: rows go
// through two pixel buffer objects in pieces into a back texture, which comes to the front when it
// is complete. A newer image waits until the one under way is complete, else none ever would be;
// only the newest waits. UI thread, context current.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "viewer/gl/handle.h"
#include "viewer/model/slice_version.h"

namespace slicecast::viewer::gl {

// Time that uploads may still take in this frame.
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
  // Copies pieces until all is done or the budget is spent, but always at least one. True: another
  // image has come to the front.
  bool advance(const UploadBudget& budget);
  bool busy() const { return uploading_ != nullptr || waiting_ != nullptr; }

  const SliceVersionPtr& shown() const { return shown_; }  // null: none yet
  GLuint texture() const { return front_.name(); }

 private:
  void begin();
  void copy_rows(int first, int count);

  struct Size {
    int rows = 0, columns = 0;
    friend bool operator==(const Size&, const Size&) = default;
  };
  Texture front_, back_;
  Size front_size_, back_size_;
  std::array<Buffer, 2> pieces_;
  int next_piece_ = 0;
  SliceVersionPtr shown_, uploading_, waiting_;
  int rows_done_ = 0;
};

}  // namespace slicecast::viewer::gl
