// A triangle mesh on the graphics card, copied there in pieces within the time that a frame has for
// that; until it is there whole, the one before is drawn. UI thread, context current.
#pragma once

#include <cstddef>
#include <memory>

#include "viewer/gl/handle.h"
#include "viewer/gl/image_upload.h"
#include "viewer/model/iso_surface.h"

namespace slicecast::viewer::gl {

struct MeshBuffers {
  Buffer positions, normals, indices;  // three floats, three floats, three 32-bit indices each
  GLsizei count = 0;                   // of the indices; 0: nothing to draw
};

class MeshUpload {
 public:
  // Null: none, at once. A newer one waits until the one under way is there.
  void want(std::shared_ptr<const Mesh> mesh);
  // Copies at least one piece of what is under way. True: another mesh has come to the front.
  bool advance(const UploadBudget& budget);
  bool busy() const { return writing_ != nullptr || wanted_ != shown_; }
  const MeshBuffers& buffers() const { return front_; }

 private:
  void begin();
  bool copy_piece();  // true: that was the last one

  std::shared_ptr<const Mesh> wanted_, writing_, shown_;
  MeshBuffers front_, back_;
  std::size_t copied_ = 0;  // bytes, of all three in turn
};

}  // namespace slicecast::viewer::gl
