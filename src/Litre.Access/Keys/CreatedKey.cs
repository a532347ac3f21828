namespace Litre.Access.Keys;

/// <summary>A new key with its secret, which is stored nowhere.</summary>
/// <param name="Key">The key.</param>
/// <param name="Secret">What a client sends.</param>
public sealed record CreatedKey(ApiKey Key, string Secret)
{
    /// <summary>The key without the secret, so that no log contains it by mistake.</summary>
    public override string ToString() => Key.ToString();
}
