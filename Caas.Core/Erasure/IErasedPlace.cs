namespace Caas.Core.Erasure;

/// <summary>
/// Where users stand beside the logs of conversations, tenants and users, and beside the rows that <see cref="IErasureStore"/> knows: a noun that keeps users in a way of its own registers one.
/// Each pass comes to all of them first, so what they do is safe to repeat.
/// </summary>
public interface IErasedPlace
{
    /// <summary>Forgets the user, or puts the pseudonym in place of the id.</summary>
    /// <exception cref="RefusedException">It is out of reach; try again.</exception>
    Task EraseAsync(UserErasure erasure, CancellationToken cancellationToken);
}
