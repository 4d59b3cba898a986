"""Every sentence that a person reads: texts, the thread, support, answers. Pure, no I/O."""
