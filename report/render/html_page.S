/* The page of the HTML report, as `make web` built it. */

	.section .rodata
	.global html_page, html_page_size
html_page:
#ifdef WEB_PAGE
	.incbin WEB_PAGE
#endif
1:	.byte 0
	.balign 4
html_page_size:
	.long 1b - html_page

	.section .note.GNU-stack, "", %progbits
