using Caas.Adapters.MongoDb.ApiKeys;
using Caas.Adapters.MongoDb.Idempotency;
using Caas.Adapters.MongoDb.Tenants;
using Caas.Adapters.MongoDb.Tokens;
using Caas.Adapters.MongoDb.Users;
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

namespace Caas.Tests.MongoDb.Identity;

public sealed class MongoDbTenantStoreTests : TenantStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ITenantStore CreateStore() => new MongoTenantStore(_database.CreateContext());
}

public sealed class MongoDbTenantStoreOnStandInTests : TenantStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ITenantStore CreateStore() => new MongoTenantStore(_database.CreateContext());
}

public sealed class MongoDbApiKeyStoreTests : ApiKeyStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IApiKeyStore CreateStore() => new MongoApiKeyStore(_database.CreateContext());
}

public sealed class MongoDbApiKeyStoreOnStandInTests : ApiKeyStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IApiKeyStore CreateStore() => new MongoApiKeyStore(_database.CreateContext());
}

public sealed class MongoDbUserStoreTests : UserStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IUserStore CreateStore() => new MongoUserStore(_database.CreateContext());
}

public sealed class MongoDbUserStoreOnStandInTests : UserStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IUserStore CreateStore() => new MongoUserStore(_database.CreateContext());
}

public sealed class MongoDbSigningKeyStoreTests : SigningKeyStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ISigningKeyStore CreateStore() => new MongoSigningKeyStore(_database.CreateContext());
}

public sealed class MongoDbSigningKeyStoreOnStandInTests : SigningKeyStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ISigningKeyStore CreateStore() => new MongoSigningKeyStore(_database.CreateContext());
}

public sealed class MongoDbRefreshTokenStoreTests : RefreshTokenStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IRefreshTokenStore CreateStore() => new MongoRefreshTokenStore(_database.CreateContext());
}

public sealed class MongoDbRefreshTokenStoreOnStandInTests : RefreshTokenStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IRefreshTokenStore CreateStore() => new MongoRefreshTokenStore(_database.CreateContext());
}

public sealed class MongoDbRevocationStoreTests : RevocationStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IRevocationStore CreateStore() => new MongoRevocationStore(_database.CreateContext());
}

public sealed class MongoDbRevocationStoreOnStandInTests : RevocationStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IRevocationStore CreateStore() => new MongoRevocationStore(_database.CreateContext());
}

public sealed class MongoDbIdempotencyStoreTests : IdempotencyStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IIdempotencyStore CreateStore() => new MongoIdempotencyStore(_database.CreateContext());
}

public sealed class MongoDbIdempotencyStoreOnStandInTests : IdempotencyStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IIdempotencyStore CreateStore() => new MongoIdempotencyStore(_database.CreateContext());
}
