"""Would it pay to run layer l beside layer l + 1, some steps behind?"""
