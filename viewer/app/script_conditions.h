// What scripts can wait for, expect and set. UI thread.
#pragma once

#include "viewer/app/picture_store.h"
#include "viewer/app/session.h"

namespace slicecast::viewer {

//   connected | connecting | live | stale | lost
//   slice ID|selected image | exact | absent | overlay | raw | pinned | histogram | gone     slices
//   N     preview     projection frozen | follows     selected ID     colour_map NAME     services
//   N     message
Result<bool> holds(const Session& session, const PictureStore& pictures,
                   const std::vector<std::string>& words, std::int64_t now_ns);

//   select ID    colour_map NAME    limits LOW HIGH    scale NAME    volume|box|axes|labels on|off
//   theme dark|light    font_scale X    layout NAME    iso_level SHARE    panel ID on|off
Result<void> set_by_words(Session& session, const std::vector<std::string>& words);

}  // namespace slicecast::viewer
