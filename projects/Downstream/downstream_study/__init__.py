"""What distilled students are good for, on worlds that nothing was chosen on.
"""
