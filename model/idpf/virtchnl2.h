// SPDX-License-Identifier: Apache-2.0
// All virtchnl2 messages. Each is a struct with the wire's bytes; see wire.h for reading and writing them.
#pragma once

#include "model/idpf/virtchnl2_caps.h"     // IWYU pragma: export
#include "model/idpf/virtchnl2_misc.h"     // IWYU pragma: export
#include "model/idpf/virtchnl2_opcodes.h"  // IWYU pragma: export
#include "model/idpf/virtchnl2_ptype.h"    // IWYU pragma: export
#include "model/idpf/virtchnl2_queue.h"    // IWYU pragma: export
#include "model/idpf/virtchnl2_rss.h"      // IWYU pragma: export
#include "model/idpf/virtchnl2_vector.h"   // IWYU pragma: export
#include "model/idpf/virtchnl2_vport.h"    // IWYU pragma: export
