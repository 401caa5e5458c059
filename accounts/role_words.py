"""What those who run a site are called in the languages that Parley prepares, and in Russian; English is in names.py.

A name that is one of these, whatever its case, accents and look-alike letters, would pass for theirs. A name that only
contains one is free, and so is a word that is also somebody's name (مشرف, Musharraf) or a plain word for helping.
"""

from __future__ import annotations

_BY_LANGUAGE = {
    "German": "Administratorin Administratoren Moderatorin Moderatoren Moderation Administration Betreiber Betreiberin"
    " Seitenbetreiber Kundendienst Kundenservice Systemadministrator Systemverwalter Systemverwaltung",
    "French": "Administrateur Administratrice Administrateurs Modérateur Modératrice Modérateurs Modération"
    " Assistance_technique Support_technique Service_client Webmestre Équipe_technique",
    "Spanish": "Administrador Administradora Administradores Administración Moderador Moderadora Moderadores Moderación"
    " Soporte Soporte_técnico Atención_al_cliente Servicio_al_cliente Equipo_técnico",
    "Portuguese": "Administrador Administradora Administradores Administração Moderador Moderadora Moderadores"
    " Moderação Suporte Suporte_técnico Atendimento Atendimento_ao_cliente Apoio_ao_cliente Equipe_técnica",
    "Italian": "Amministratore Amministratrice Amministratori Amministrazione Moderatore Moderatrice Moderatori"
    " Moderazione Assistenza Assistenza_tecnica Supporto_tecnico Assistenza_clienti Servizio_clienti",
    "Polish": "Administratorka Administratorzy Administracja Moderatorka Moderatorzy Moderacja Wsparcie"
    " Wsparcie_techniczne Pomoc_techniczna Obsługa_klienta Biuro_obsługi_klienta",
    "Russian": "админ админы админка администратор администраторы администрация модератор модераторы модерация"
    " поддержка техподдержка техническая_поддержка служба_поддержки сисадмин",
    "Japanese": "管理者 管理人 管理員 管理チーム 運営 運営者 運営チーム 運営事務局 事務局 公式 公式アカウント"
    " サポート サポートチーム サポート窓口 モデレーター モデレータ アドミン アドミニストレーター"
    " システム管理者 サイト管理者",
    "Chinese": "管理员 管理員 管理者 管理团队 管理團隊 系统管理员 系統管理員 网站管理员 網站管理員 版主 站长 站長"
    " 客服 在线客服 線上客服 官方 官方客服 官方账号 官方帳號 技术支持 技術支援 客户服务 客戶服務 超级管理员 超級管理員",
    "Arabic": "المدير المسؤول المشرف المشرفون المشرفين الإدارة مدير_الموقع مدير_النظام مسؤول_النظام مشرف_الموقع"
    " إدارة_الموقع فريق_الإدارة الدعم الدعم_الفني فريق_الدعم خدمة_العملاء أدمن الأدمن الادمن",
}

ROLE_WORDS = tuple(word.replace("_", " ") for words in _BY_LANGUAGE.values() for word in words.split())
