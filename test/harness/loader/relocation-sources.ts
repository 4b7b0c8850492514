/** Assembly that uses every static relocation the loader applies, by architecture; slots of the GOT come apart. */
export const relocationSources = {
  'x86-64': `
    .cfi_sections .eh_frame, .debug_frame
    .text
    .globl entry
    entry: .cfi_startproc
      call callee@PLT
      jmp callee
      lea data(%rip), %rax
      mov data+4(%rip), %eax
      movl $data, %eax
      movq $data, %rax
      movabsq $data, %rax
      mov common(%rip), %eax
      call absent
      movabsq $elsewhere-., %rcx
      ret
      .cfi_endproc
    callee: .cfi_startproc
      .reloc ., R_X86_64_SIZE32, data
      .long 0
      .reloc ., R_X86_64_SIZE64, data
      .quad 0
      ret
      .cfi_endproc
    last: .cfi_startproc
      ret
      .cfi_endproc
    .section .text.other,"ax",@progbits
    elsewhere: .cfi_startproc
      nop
      call entry
      .cfi_endproc
    .section .rodata,"a",@progbits
      .byte 1
      .quad entry, elsewhere+3, data
      .long data - .
      .quad elsewhere - .
      .quad fixed
      .reloc ., R_X86_64_16, fixed
      .word 0
    .data
      .globl data
      .type data,@object
      .size data,24
    data: .quad entry, absent, data+16
    .bss
      .zero 40
    .weak absent
    .comm common,16,8
    .set fixed, 0x1234
    .globl fixed
  `,
  aarch64: `
    .cfi_sections .eh_frame, .debug_frame
    .text
    .globl entry
    entry: .cfi_startproc
      bl callee
      b elsewhere
      b.ne near
      cbz x3, near
      tbz x3, #5, near
      ldr x0, near
      adr x1, near
      adrp x2, data
      add x2, x2, :lo12:data
      ldrb w3, [x2, :lo12:data+1]
      ldrh w3, [x2, :lo12:data+2]
      ldr w3, [x2, :lo12:data+4]
      ldr x3, [x2, :lo12:data+8]
      ldr q3, [x2, :lo12:data+16]
      adrp x2, :pg_hi21_nc:data
      movz x4, #:abs_g3:data
      movk x4, #:abs_g2_nc:data
      movk x4, #:abs_g1_nc:data
      movk x4, #:abs_g0_nc:data
      movz x4, #:abs_g2:data
      movz x4, #:abs_g1:data
      movz x4, #:abs_g0:fixed
      bl absent
      adrp x5, common
      ret
      .cfi_endproc
    callee: .cfi_startproc
      ret
      .cfi_endproc
    .section .text.other,"ax",@progbits
    elsewhere: .cfi_startproc
      nop
      bl entry
      .balign 8
    near: .quad 0
      .cfi_endproc
    .section .rodata,"a",@progbits
      .byte 1
      .xword entry, elsewhere+3, data
      .word data - .
      .xword elsewhere - .
      .xword fixed
      .word fixed
      .hword fixed
    .data
      .balign 16
      .globl data
    data: .xword entry, absent, data+16
      .zero 8
    .bss
      .zero 40
    .weak absent
    .comm common,16,8
    .set fixed, 0x1234
    .globl fixed
  `,
} as const;

/** Assembly that reaches a symbol through the global offset table, and where in \`.text\` it does. */
export const slotSources = {
  'x86-64': `
    .globl data, other, entry
    entry: movq data@GOTPCREL(%rip), %rax
      addq data@GOTPCREL(%rip), %rcx
      movq absent@GOTPCREL(%rip), %rdx
      movabsq $other@GOT, %rsi
      leaq _GLOBAL_OFFSET_TABLE_(%rip), %rdi
      movabsq $data@GOTOFF, %r8
      ret
    .weak absent
    .data
    data: .quad 7
    other: .quad 8
  `,
  aarch64: `
    .globl data, entry
    entry: adrp x0, :got:data
      ldr x0, [x0, :got_lo12:data]
      adrp x1, :got:absent
      ldr x1, [x1, :got_lo12:absent]
      ret
    .weak absent
    .data
    data: .xword 7
  `,
} as const;
