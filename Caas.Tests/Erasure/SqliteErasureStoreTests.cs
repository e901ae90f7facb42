using Caas.Adapters.Sqlite;
using Caas.Adapters.Sqlite.Erasure;
using Caas.Core.Erasure;
using Caas.Tests.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Erasure;

public sealed class SqliteErasureStoreTests : ErasureStoreContract, IAsyncDisposable
{
    /// <summary>How columns are called that name users.</summary>
    private static readonly string[] Names = ["user", "user_id", "other", "owner", "actor", "uploader", "sender", "created_by", "by", "author", "member", "caller", "reporter", "invited_by", "resolved_by"];

    private readonly TempFolder _folder = new();
    private readonly ServiceProvider _services;

    public SqliteErasureStoreTests() => _services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(new ConfigurationBuilder().Build()).AddSqliteStores(_folder.ConnectionString).BuildServiceProvider();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_column_that_names_users_is_among_the_places()
    {
        var columns = await _services.GetRequiredService<SqliteDatabase>().ReadAsync(
            connection => connection.List(row => (row.GetString(0), row.GetString(1)), "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'"), Cancelled);
        var known = UserPlaces.All.Select(place => (place.Table, place.Column)).Concat(UserPlaces.Others).ToHashSet();
        Assert.DoesNotContain(columns, column => Names.Contains(column.Item2) && !known.Contains(column));
        Assert.Empty(known.Except(columns));
    }

    protected override IErasureStore CreateStore() => _services.GetRequiredService<IErasureStore>();

    protected override T Create<T>() => _services.GetRequiredService<T>();
}
