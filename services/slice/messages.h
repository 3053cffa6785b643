// Between the engine's records and the wire's messages.
#pragma once

#include "common/wire/bulk.h"
#include "services/slice/engine.h"
#include "slicecast/v1/bulk.pb.h"
#include "slicecast/v1/feed.pb.h"

namespace slicecast::slice {

// Window rules, field of view and so on; malformed when numbers contradict each other.
Result<StreamStart> stream_start(const v1::FilteredStart& message);

// The entry without its pixels; malformed when the matrix or the announced image is not usable.
Result<Entry> entry_of(const v1::FilteredProjection& message);

// Copies the pixels of a filtered projection into the store's layout, from the message or, where
// it names a place on the backend's card, from there.
Result<recon::StoredImagePtr> stored_image(const recon::Backend& backend, recon::StoreType store,
                                           const wire::BulkMessage& message);

struct GeometryChange {
  std::uint64_t revision = 0;
  geometry::FieldOfView field;
  std::vector<std::uint64_t> ids;
  std::vector<geometry::Matrix34> matrices;
  double weight_factor = 1;
};
Result<GeometryChange> geometry_change(const v1::GeometryUpdate& message);

// Feed header of an image: SliceImage for slices and requests, Preview for the preview volume.
v1::FeedHeader feed_header(const Image& image, std::uint64_t instance, const std::string& slice_id);

}  // namespace slicecast::slice
