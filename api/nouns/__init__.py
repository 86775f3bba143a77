"""What programs and tools may read and do, as typed values: one room behind the REST routes and the MCP tools.

A reader takes who asks and gives a typed value; an action calls the flow that the page calls and gives the row as it stands
afterwards. Nothing here knows HTTP or MCP. What is not there for who asks raises ``NotFound``, all else what the flow raises.
"""
