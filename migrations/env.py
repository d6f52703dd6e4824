"""How alembic reaches the database: over the connection it is given, else by the settings."""

import sqlalchemy as sa
from alembic import context

from infrastructure import readmodel
from infrastructure.database import open_engine, writing
from infrastructure.settings import Settings


def run(connection: sa.Connection) -> None:
    """The migrations asked for, in the transaction of the connection."""
    context.configure(
        connection=connection,
        target_metadata=readmodel.read_model.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = open_engine(Settings().database_url)
    with writing(engine) as own:
        run(own)
    engine.dispose()
