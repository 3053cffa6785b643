// What a script finds in the panels by what people see there. UI thread, after a frame was drawn.
//
// Points: item NAME [at U V]   a widget that mark_item() has named (a button by its action)
//         text WORDS_WITH_UNDERSCORES   their middle; `Panel:WORDS` looks in one panel, and menus,
//                              lists and tips are the panels `popup` and `tooltip`
// Conditions: text WORDS, no_text WORDS, item NAME, no_item NAME,
//             parameter NAME pending | applied | refused | VALUE
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "viewer/app/script.h"
#include "viewer/app/session.h"
#include "viewer/panels/panel_tools.h"

namespace slicecast::viewer {

// `words` from `first` on; `used` counts those of the point.
Result<ScriptPoint> point_in_panels(const PanelTools& tools, const std::vector<std::string>& words,
                                    std::size_t first, std::size_t& used);
// nullopt: no condition about panels.
std::optional<Result<bool>> panels_show(const Session& session, const PanelTools& tools,
                                        const std::vector<std::string>& words);

}  // namespace slicecast::viewer
