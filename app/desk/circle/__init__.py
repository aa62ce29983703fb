"""Who sits at the desk: the ceremony of their keys, links that keep them out, newcomers and the lost."""
