// The files of a specification as modules: what each declares for itself and its importers.
#pragma once

#include "compiler/lang/load.h"
#include "compiler/lang/reading.h"

namespace cip::lang {

// Declares the constants and templates of all files and follows the names of their imports. Reports declarations that
// are no good (E0001-E0004), constants (as expressions do), and recursion of templates (E0010).
void declare_modules(const Loaded& loaded, Reading& reading);

// Constants of a block's statements, declared in a new scope around which is `reading.scope`; null if it has none.
bool has_constants(const std::vector<syntax::Statement>& statements);
void declare_constants(const std::vector<syntax::Statement>& statements, Scope& scope, Reading& reading);

// Reports (E0004) if the name can be seen already from `scope`.
bool is_free(std::string_view name, const syntax::Span& span, Scope& scope, Reading& reading);

// The template of a `use`, which names it as `edge` or `std.edge`; null if there is none, which is reported.
Template* find_template(const syntax::Argument& call, Reading& reading);

}  // namespace cip::lang
