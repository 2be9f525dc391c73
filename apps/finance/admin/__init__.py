"""The books and the documents, to look at."""

from django.contrib import admin

from apps.finance.admin.books import FinancialOrderAdmin, FinancialTransactionAdmin
from apps.finance.admin.documents import CreditNoteAdmin, InvoiceAdmin
from apps.finance.models import CreditNote, FinancialOrder, FinancialTransaction, Invoice


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(Invoice, InvoiceAdmin)
    site.register(CreditNote, CreditNoteAdmin)
    site.register(FinancialOrder, FinancialOrderAdmin)
    site.register(FinancialTransaction, FinancialTransactionAdmin)
