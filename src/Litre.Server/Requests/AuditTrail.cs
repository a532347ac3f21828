using Litre.Access.Audit;
using Litre.Core;
using Litre.Server.Errors;
using Litre.Server.Settings;

namespace Litre.Server.Requests;

/// <summary>Writes the audit entries of requests.</summary>
internal sealed class AuditTrail(AuditLog log, ServerSettings settings, ILogger<AuditTrail> logger)
{
    /// <summary>
    /// Writes the entry of a request, if it has one that is not written yet. An answer's last bytes are sent after it, so that no
    /// complete answer is without one.
    /// </summary>
    /// <exception cref="ApiException">It could not be written, so the answer must not be completed.</exception>
    public async Task WriteAsync(RequestRecord record, PathString endpoint, int status)
    {
        if (!record.IsAudited)
            return;
        record.IsAudited = false;
        await AppendAsync(
            new RequestEntry(record.Id, endpoint, status, Math.Round(record.Seconds, 3))
            {
                KeyId = record.Key?.Id,
                Key = record.Key?.Name,
                Model = record.Model,
                Adapter = record.Adapter,
                AdapterFingerprint = record.AdapterFingerprint,
                PromptTokens = record.Usage?.PromptTokens,
                CachedTokens = record.Usage?.CachedTokens,
                NewTokens = record.Usage?.NewTokens,
                End = record.End,
                Prompt = settings.RecordsContent ? record.Prompt : null,
                Answer = settings.RecordsContent ? record.Answer : null,
            }
        );
    }

    /// <summary>Writes another entry.</summary>
    /// <exception cref="ApiException">It could not be written.</exception>
    public async Task AppendAsync(AuditEntry entry)
    {
        try
        {
            await log.AppendAsync(entry);
        }
        catch (InputException e)
        {
            logger.LogError("The audit log cannot be written: {Reason}", e.Message);
            throw new ApiException(
                StatusCodes.Status503ServiceUnavailable,
                "the audit log of this server cannot be written, so nothing is answered; its operator finds the reason in the server's log",
                code: "audit_unavailable"
            );
        }
    }
}
