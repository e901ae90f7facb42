using Caas.Adapters.Sqlite.ApiKeys;
using Caas.Adapters.Sqlite.Idempotency;
using Caas.Adapters.Sqlite.Tenants;
using Caas.Adapters.Sqlite.Tokens;
using Caas.Adapters.Sqlite.Users;
using Caas.Core.ApiKeys;
using Caas.Core.Idempotency;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Core.Users;
using Caas.Tests.ApiKeys;
using Caas.Tests.Idempotency;
using Caas.Tests.Tenants;
using Caas.Tests.Tokens;
using Caas.Tests.Users;

namespace Caas.Tests.Sqlite.Identity;

public sealed class SqliteTenantStoreTests : TenantStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override ITenantStore CreateStore() => new SqliteTenantStore(_stores.Open());
}

public sealed class SqliteApiKeyStoreTests : ApiKeyStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IApiKeyStore CreateStore() => new SqliteApiKeyStore(_stores.Open());
}

public sealed class SqliteUserStoreTests : UserStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IUserStore CreateStore() => new SqliteUserStore(_stores.Open());
}

public sealed class SqliteSigningKeyStoreTests : SigningKeyStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override ISigningKeyStore CreateStore() => new SqliteSigningKeyStore(_stores.Open(ownWriter: true));
}

public sealed class SqliteRefreshTokenStoreTests : RefreshTokenStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IRefreshTokenStore CreateStore() => new SqliteRefreshTokenStore(_stores.Open(ownWriter: true));
}

public sealed class SqliteRevocationStoreTests : RevocationStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IRevocationStore CreateStore() => new SqliteRevocationStore(_stores.Open(ownWriter: true));
}

public sealed class SqliteIdempotencyStoreTests : IdempotencyStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IIdempotencyStore CreateStore() => new SqliteIdempotencyStore(_stores.Open(ownWriter: true));
}
