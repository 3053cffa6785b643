// What is on the screen, for the sidecar of a screenshot. UI thread.
#pragma once

#include <cstdint>

#include "viewer/app/picture_store.h"
#include "viewer/app/plane_scene.h"
#include "viewer/app/session.h"
#include "viewer/model/provenance.h"

namespace slicecast::viewer {

// Of what is drawn, not of what has arrived: of each slice the image on the screen (frozen,
// scrubbed, A or B), its stamp, pose and overlay and the settings that it was made with where they
// are no longer those in use; colours, limits, camera, time, comparison, volume, surface and
// projection. "slice.<id>.scene" and of the selected one "slice.<id>.panel" say whether the image,
// the preview in its place, or both of "slice.<id>.a." and "slice.<id>.b." are shown.
void describe_view(const Session& session, const PictureStore& pictures, const PlaneScene& plane,
                   std::int64_t now_ns, Provenance& provenance);

}  // namespace slicecast::viewer
