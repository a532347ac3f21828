using System.Security.Cryptography;
using System.Text;

namespace Litre.Reporting;

/// <summary>The page's script, which filters the answers. Without it, everything is shown except the buttons.</summary>
internal static class ReportScript
{
    public const string Text = """
        (function () {
          var bar = document.querySelector('.filter');
          if (!bar) return;
          var answers = document.querySelectorAll('article[data-state]');
          var more = document.querySelector('details.more');
          bar.hidden = false;
          bar.addEventListener('click', function (e) {
            var button = e.target.closest('button');
            if (!button) return;
            var wanted = button.dataset.show;
            bar.querySelectorAll('button').forEach(function (b) { b.setAttribute('aria-pressed', String(b === button)); });
            answers.forEach(function (a) { a.hidden = wanted !== 'all' && a.dataset.state.split(' ').indexOf(wanted) < 0; });
            if (more) more.open = wanted !== 'all';
          });
        })();
        """;

    /// <summary>The hash in the page's content security policy that permits this script and no other.</summary>
    public static string Source { get; } = $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))}'";
}
