using Litre.Access.Keys;
using Litre.Core;
using Litre.Server.Settings;

namespace Litre.Server.Security;

/// <summary>What is refused before the server listens.</summary>
internal static class StartRules
{
    /// <summary>Refuses settings that would open the server to others.</summary>
    /// <exception cref="InputException">It would listen on the network without a key, or a setting is malformed.</exception>
    public static void Check(ServerSettings settings, KeyStore keys)
    {
        if (!settings.IsLoopback && keys.Keys.Count == 0)
            throw new InputException(
                "host",
                settings.Address,
                "every machine that reaches this address could use the server, and there is no key",
                "create one with litre key new NAME; encrypt the connection with `certificate` and `certificate-key` (PEM files), or "
                    + "leave `host` out and put a reverse proxy with TLS in front of it"
            );
        foreach (var origin in settings.AllowedOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin.ToLowerInvariant())
                throw new InputException(
                    "allow-origin",
                    origin,
                    "is not an origin",
                    "give the scheme, the name and the port of one site, such as http://localhost:3000"
                );
        }
        if (settings.CertificateKey is not null && settings.Certificate is null)
            throw new InputException("certificate-key", settings.CertificateKey, "needs `certificate`", "give both");
        if (settings.AdapterRoot is { } root && !Directory.Exists(root))
            throw new InputException("adapter-root", root, "no such folder", "give the folder that contains the adapters");
    }

    /// <summary>What the operator should know, one line each.</summary>
    public static IEnumerable<string> Warnings(ServerSettings settings, KeyStore keys)
    {
        if (!settings.IsLoopback && !settings.IsSecure)
            yield return "the connection is not encrypted: keys and drawings can be read on the network; give `certificate` and "
                + "`certificate-key`, or put a reverse proxy with TLS in front of it";
        if (settings.AdapterRoot is not null && !keys.Keys.Any(k => k.IsAdmin))
            yield return "adapters can be loaded with an admin key only, and there is none; create one with litre key new and `admin`";
    }
}
