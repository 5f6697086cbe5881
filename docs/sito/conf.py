"""Il sito: gli output sono quelli conservati nei notebook, nulla si esegue e nulla viene dalla rete."""

project = "Corso PyTorch"
author = "I fondatori di Corso PyTorch"
copyright = "2026, I fondatori di Corso PyTorch. Testi e figure: CC BY 4.0; codice: MIT"
language = "it"
extensions = ["myst_nb"]
exclude_patterns = ["_costruito"]

nb_execution_mode = "off"
myst_enable_extensions = ["attrs_inline", "colon_fence", "html_image"]
myst_heading_anchors = 3
# I messaggi d'errore di torch contengono accenti gravi, che l'evidenziatore dei traceback non capisce.
suppress_warnings = ["mystnb.unknown_mime_type", "misc.highlighting_failure"]

html_theme = "sphinx_book_theme"
html_title = "Corso PyTorch"
templates_path = ["_templates"]
html_context = {"default_mode": "auto"}
html_static_path = ["_static"]
html_css_files = ["corso.css"]
html_favicon = "favicon.png"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "use_download_button": True,
    "show_toc_level": 2,
    "toc_title": "In questa pagina",
}
